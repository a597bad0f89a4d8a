# Protects: a payout with a new date or account gets its new place in the list, and every total
# follows.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/payouts';
my $account = account($api);
my $payout = payout($api, $account, status => 'pending', reference => 'PAYOUT-2024-001');

subtest 'changed journal payout: the example of the documentation' => sub {
    sleep 1;    # times are whole seconds
    my $answer = $api->PUT("$uri/$payout->{id}", '{
  "status": "completed",
  "reference": "PAYOUT-2024-001-UPDATED"
}');
    is_status($answer, 200, 'the change is answered');
    my $data = data_of($answer);
    isnt($data->{updated_at}, $payout->{updated_at}, 'updated_at moves');
    is_deeply($data, { %$payout, status => 'completed', reference => 'PAYOUT-2024-001-UPDATED',
        updated_at => $data->{updated_at} }, 'fields that were not given stay');
};

sub put {
    my ($id, %body) = @_;
    return $api->PUT("$uri/$id", body_text(%body));
}

subtest 'changed journal payout: each field' => sub {
    my $data = data_of(put($payout->{id}, total_amount => \'100.01'));
    is("$data->{total_amount} $data->{profit_split} $data->{traders_share} $data->{firms_share}",
        '100.01 80 80.01 20.00', 'total_amount computes the shares again');
    $data = data_of(put($payout->{id}, profit_split => \'0'));
    is("$data->{total_amount} $data->{profit_split} $data->{traders_share} $data->{firms_share}",
        '100.01 0 0.00 100.01', 'profit_split computes the shares again, also 0');
    is(data_of(put($payout->{id}, date => '2023-12-31'))->{date}, '2023-12-31', 'date changes');
    for my $status (qw(failed pending processing completed processing failed completed pending)) {
        is(data_of(put($payout->{id}, status => $status))->{status}, $status,
            "status moves freely: $status");
    }
    is(data_of(put($payout->{id}, reference => undef))->{reference}, undef,
        'null removes the reference');
    is(data_of(put($payout->{id}, reference => 'x'))->{reference}, 'x',
        'a text sets the reference');
    is(data_of(put($payout->{id}, reference => ''))->{reference}, undef,
        'an empty text removes the reference');
    my $before = literal($api->GET("$uri/$payout->{id}"))->{data};
    for my $body ('{}', '', body_text(traders_share => \'1', firms_share => \'2',
        id => random_uuid(),
        user_id => random_uuid(), created_at => 'x', firm_id => 1,
        cumulative_total_amount => \'5')) {
        my $after = data_of($api->PUT("$uri/$payout->{id}", $body));
        is_deeply({ %$before, updated_at => 0 }, { %$before, %$after, updated_at => 0 },
            "nothing changes by the body $body");
    }
};

subtest 'changed journal payout: what is refused' => sub {
    my $before = $api->GET("$uri/$payout->{id}")->{body};
    for ([account_id => $account->{id}], [account_id => 'x'], [total_amount => \'0'],
        [total_amount => \'1.234'],
        [total_amount => \'1e2'], [profit_split => \'100.01'], [date => '2024-02-30'],
        [status => 'done'], [status => ''],
        [reference => 'x' x 201], [date => ''], [total_amount => \'"1"'],
        map { [$_ => \'null'] } qw(account_id date profit_split status total_amount)) {
        my ($field, $value) = @$_;
        my $answer = put($payout->{id}, $field => $value, status => 'failed', $field => $value);
        is_problem($answer, 400, 'validation_error',
            "refused: $field " . (ref $value ? $$value : $value),
            'journal');
        is(json_of($answer)->{errors}[0]{field}, $field, "the refusal names $field");
    }
    is_problem($api->PUT("$uri/$payout->{id}", '[1]'), 400, 'invalid_json',
        'a body that is no object is refused', 'journal');
    is($api->GET("$uri/$payout->{id}")->{body}, $before, 'refused changes change nothing');
    my $theirs = payout($other, account($other));
    my @wrong = map { put($_, status => 'failed') } random_uuid(), $theirs->{id}, 'x';
    is_problem($wrong[0], 404, 'not_found', 'journal payout: a change of a random id finds nothing',
        'journal');
    ok(same_404(@wrong),
        "journal payout: a change of another user's is the same 404, byte for byte");
    is(data_of($other->GET("$uri/$theirs->{id}"))->{status}, 'completed',
        "journal payout: another user's is untouched");
};

subtest 'changed journal payout: totals and sums follow a changed payout' => sub {
    my @payouts = map { payout($api, $account, date => "2024-03-0$_", total_amount => \"$_") }
        1 .. 9;
    put($payouts[0]{id}, date => '2024-03-20', total_amount => \'1000', status => 'failed');
    my ($data) = payouts_of($api, 'include_cumulative=true&start_date=2024-03-01');
    is_deeply([map { $_->{cumulative_total_amount_by_account} } reverse @$data],
        [map { sprintf '%.2f', $_ } 102.01, 105.01, 109.01, 114.01, 120.01, 127.01, 135.01,
            144.01, 1144.01],
        'the sums follow a payout from the first to the last place');
    my $shown = data_of($api->GET("/api/v1/accounts/$account->{id}"));
    is("$shown->{total_gross_payouts} $shown->{total_net_payouts} $shown->{balance}",
        '1144.01 835.20 48855.99',
        "the account's totals follow");
    is((payouts_of($api, 'status=failed'))[1]{total}, 1, 'the number of payouts by status follows');
};

is(tree_errors($purser), 0, 'journal payout: all sums are right after all changes');
done_testing;
