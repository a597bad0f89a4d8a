# Protects: every example and every sentence of the documentation of the payout journal holds, field
# by field.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api) = journal_start();
my $uri = '/api/v1/payouts';
my $account = account($api, account_number => 'ACC-12345', firm_name => 'Apex Trader Funding',
    account_size => \'50000.00', net_pnl => \'20000.00');
my $uuid = qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
my $time = qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

# The answer has these members and no others; a regular expression fits, everything else is equal.
sub has_members {
    my ($got, $expected, $name) = @_;
    is(join(' ', sort keys %$got), join(' ', sort keys %$expected), "$name: these members");
    for my $member (sort keys %$expected) {
        my $value = $expected->{$member};
        ref $value eq 'Regexp' ? like($got->{$member}, $value, "$name: $member")
            : is_deeply($got->{$member}, $value, "$name: $member");
    }
    return;
}

my %shown = (id => $uuid, user_id => $uuid, account_id => $account->{id}, date => '2024-01-15',
    total_amount => '5000.00', profit_split => '80', traders_share => '4000.00',
    firms_share => '1000.00', status => 'completed', reference => 'PAYOUT-2024-001',
    created_at => $time, updated_at => $time, account_number => 'ACC-12345', firm_id => $uuid,
    firm_name => 'Apex Trader Funding');

subtest 'Create Payout' => sub {
    my $answer = $api->POST($uri, <<"END");
{
  "date": "2024-01-15",
  "total_amount": 5000.00,
  "account_id": "$account->{id}",
  "profit_split": 80,
  "status": "completed",
  "reference": "PAYOUT-2024-001"
}
END
    is_status($answer, 201, 'a payout is recorded');
    has_members(data_of($answer), \%shown, 'the answer');
    like($answer->{body}, qr/"total_amount":5000\.00,"profit_split":80,
        "traders_share":4000\.00,"firms_share":1000\.00/x, 'amounts are numbers with two decimals');
    for my $field (qw(date total_amount account_id profit_split status)) {
        my %body = (date => '2024-01-15', total_amount => \'1', account_id => $account->{id},
            profit_split => \'80', status => 'completed');
        delete $body{$field};
        is_problem($api->POST($uri, body_text(%body)), 400, 'validation_error',
            "$field is required", 'journal');
    }
    my $without = data_of($api->POST($uri, body_text(date => '2023-01-15', total_amount => \'0.03',
        account_id => $account->{id}, profit_split => \'50', status => 'pending')));
    is($without->{reference}, undef, 'reference is optional');
    is("$without->{traders_share} $without->{firms_share}", '0.02 0.01',
        'traders_share is total_amount x profit_split / 100, firms_share what is left of it');
    $api->DELETE("$uri/$without->{id}");
    is_problem($api->POST($uri, body_text(date => '2024-01-15', total_amount => \'1',
        account_id => $account->{id}, profit_split => \$_, status => 'failed')), 400,
        'validation_error', "profit_split is 0 to 100: $_", 'journal') for '-1', '100.01', '101';
};

my ($payout) = @{ payouts_of($api) };

subtest 'List Payouts' => sub {
    my $answer = $api->GET($uri);
    is_status($answer, 200, 'the history is listed');
    my $body = literal($answer);
    is(join(' ', sort keys %$body), 'data pagination', 'data and pagination are there');
    is(scalar @{ $body->{data} }, 1, 'the payout is listed');
    has_members($body->{data}[0], \%shown, 'a payout of the list');
    has_members($body->{pagination}, { total => 1, limit => 20, offset => 0,
        has_more => JSON::PP::false }, 'pagination');
    my %finds = ("account_id=$account->{id}" => 1, 'account_id=' . random_uuid() => 0,
        'firm=Apex+Trader+Funding' => 1, 'firm=Apex%20Trader%20Funding' => 1, 'firm=FTMO' => 0,
        (map { ("status=$_" => $_ eq 'completed' ? 1 : 0) }
            qw(pending processing completed failed)),
        'search=ACC-12345' => 1, 'search=PAYOUT-2024-001' => 1, 'search=completed' => 1,
        'search=ACC-9' => 0, 'start_date=2024-01-15' => 1, 'start_date=2024-01-16' => 0,
        'end_date=2024-01-15' => 1, 'end_date=2024-01-14' => 0, 'limit=100' => 1,
        'limit=1' => 1, 'offset=0' => 1, 'include_cumulative=true' => 1);
    for my $query (sort keys %finds) {
        is((payouts_of($api, $query))[1]{total}, $finds{$query},
            "the parameter filters: " . $query =~ s/$account->{id}/ID/r);
    }
    is_problem($api->GET("$uri?$_"), 400, 'validation_error', "refused: $_", 'journal')
        for 'limit=0', 'limit=101', 'offset=-1', 'status=done', 'start_date=2024-02-30',
        'include_cumulative=maybe';
};

subtest 'Cumulative Calculations' => sub {
    my $second = account($api, account_number => 'ACC-2', firm_name => 'Apex Trader Funding');
    my $third = account($api, account_number => 'ACC-3', firm_name => 'Topstep');
    my @before = map { payout($api, $_, date => '2024-01-10') } $second, $third;
    my ($got) = grep { $_->{id} eq $payout->{id} }
        @{ payouts_of($api, 'include_cumulative=true') };
    has_members($got, { %shown,
        cumulative_total_amount => '15000.00', cumulative_traders_share => '12000.00',
        cumulative_total_amount_by_firm => '10000.00',
        cumulative_traders_share_by_firm => '8000.00',
        cumulative_total_amount_by_account => '5000.00',
        cumulative_traders_share_by_account => '4000.00' }, 'a payout with its sums');
    is(scalar @{ payouts_of($api,
        'firm=Apex+Trader+Funding&start_date=2024-01-01&end_date=2024-01-31'
        . '&include_cumulative=true') }, 2, 'Track Monthly Payouts by Firm');
    is(payouts_of($api, 'search=PAYOUT-2024-001')->[0]{id}, $payout->{id},
        'Search Payout by Reference');
    is_deeply([map { $_->{cumulative_traders_share} }
        @{ payouts_of($api, 'include_cumulative=true') }], ['12000.00', '8000.00', '4000.00'],
        'Get Cumulative Payout Chart Data');
    $api->DELETE("$uri/$_->{id}") for @before;
};

subtest 'Get Single Payout' => sub {
    my $answer = $api->GET("$uri/$payout->{id}");
    is_status($answer, 200, 'the payout is shown');
    has_members(data_of($answer), \%shown, 'the payout');
};

sub balance {
    my $shown = data_of($api->GET("/api/v1/accounts/$account->{id}"));
    return join ' ', @$shown{qw(total_gross_payouts total_net_payouts balance)};
}

subtest 'Update Payout' => sub {
    is(balance(), '5000.00 4000.00 65000.00',
        'balance is account_size + net_pnl - total_gross_payouts');
    my $answer = $api->PUT("$uri/$payout->{id}", <<'END');
{
  "status": "completed",
  "reference": "PAYOUT-2024-001-UPDATED"
}
END
    is_status($answer, 200, 'the payout is changed');
    has_members(data_of($answer), { %shown, reference => 'PAYOUT-2024-001-UPDATED' },
        'the answer');
    for (['"date": "2024-01-16"', 'date', '2024-01-16'],
        ['"total_amount": 100.00', 'traders_share', '80.00'],
        ['"profit_split": 33.33', 'traders_share', '33.33'],
        ['"status": "failed"', 'status', 'failed'], ['"reference": "x"', 'reference', 'x'])
    {
        my ($change, $member, $value) = @$_;
        is(data_of($api->PUT("$uri/$payout->{id}", "{$change}"))->{$member}, $value,
            "updatable: $change");
    }
    is(balance(), '100.00 33.33 69900.00', 'the balance of the account follows');
    for my $status (qw(pending processing completed failed)) {
        is(data_of($api->PUT("$uri/$payout->{id}", qq({"status":"$status"})))->{status}, $status,
            "Payout Status: $status");
    }
};

subtest 'Delete Payout' => sub {
    my $answer = $api->DELETE("$uri/$payout->{id}");
    is_status($answer, 200, 'the payout is deleted');
    has_members(data_of($answer), { id => $payout->{id}, deleted => JSON::PP::true,
        account_totals_updated => JSON::PP::true, account => { id => $account->{id},
            total_gross_payouts => '0.00', total_net_payouts => '0.00', balance => '70000.00' } },
        'the answer confirms the totals');
    is(balance(), '0.00 0.00 70000.00', 'the balance of the account follows');
    is_problem($api->GET("$uri/$payout->{id}"), 404, 'not_found', 'the payout is gone', 'journal');
};

done_testing;
