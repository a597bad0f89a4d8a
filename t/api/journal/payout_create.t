# Protects: a new payout of the journal has the documented members, is exact to the cent, and is
# made once for an Idempotency-Key.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/payouts';
my $account = account($api, account_number => 'ACC-12345');

subtest 'new journal payout: the example of the documentation' => sub {
    my $answer = $api->POST($uri, qq({
  "date": "2024-01-15",
  "total_amount": 5000.00,
  "account_id": "$account->{id}",
  "profit_split": 80,
  "status": "completed",
  "reference": "PAYOUT-2024-001"
}));
    is_status($answer, 201, 'the payout is created');
    is($answer->{headers}{'content-type'}, 'application/json',
        'the Content-Type is application/json');
    my $data = data_of($answer);
    like($data->{id}, qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the id is a UUID');
    like($data->{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "$_ is a time")
        for qw(created_at updated_at);
    is_deeply(literal($answer), { data => {
        id => $data->{id}, user_id => $account->{user_id}, account_id => $account->{id},
        date => '2024-01-15', total_amount => '5000.00', profit_split => '80',
        traders_share => '4000.00', firms_share => '1000.00', status => 'completed',
        reference => 'PAYOUT-2024-001', created_at => $data->{created_at},
        updated_at => $data->{created_at}, account_number => $account->{account_number},
        firm_id => $account->{firm_id}, firm_name => 'Apex Trader Funding',
    } }, 'the answer has the fields of a list, numbers as printed in the documentation');
    like($answer->{body},
        qr/"total_amount":5000\.00,"profit_split":80,
            "traders_share":4000\.00,"firms_share":1000\.00/x,
        'amounts and shares are JSON numbers');
};

subtest 'new journal payout: amounts and shares' => sub {
    my @cases = (    # total, split, shown total, shown split, trader's, firm's
        ['0.01', '50', '0.01', '50', '0.01', '0.00'],
        ['0.01', '49.99', '0.01', '49.99', '0.00', '0.01'],
        ['100', '33.33', '100.00', '33.33', '33.33', '66.67'],
        ['0.1', '33.3', '0.10', '33.3', '0.03', '0.07'],
        ['1.005e0', undef],
        ['1000.10', '0', '1000.10', '0', '0.00', '1000.10'],
        ['1000.10', '100', '1000.10', '100', '1000.10', '0.00'],
        ['1000.10', '100.00', '1000.10', '100', '1000.10', '0.00'],
        ['4503599627370.49', '66.67', '4503599627370.49', '66.67', '3002549871567.91',
            '1501049755802.58'],
        ['9007199254740.99', '0.01', '9007199254740.99', '0.01', '900719925.47',
            '9006298534815.52'],
        ['10000000000000', '12.5', '10000000000000.00', '12.5', '1250000000000.00',
            '8750000000000.00'],
        ['10000000000000.00', '99.99', '10000000000000.00', '99.99', '9999000000000.00',
            '1000000000.00'],
    );
    for (@cases) {
        my ($total, $split, @shown) = @$_;
        next if !defined $split;
        my $data = payout($api, $account, total_amount => \$total, profit_split => \$split);
        is_deeply([@$data{qw(total_amount profit_split traders_share firms_share)}], \@shown,
            "$total at $split %");
    }
};

subtest 'new journal payout: what is refused' => sub {
    my $before = $purser->value('select count(*) from journal.payout');
    my @wrong = (
        (map { [total_amount => \$_] }
            qw(0 0.00 -1 0.001 1.000 1e3 1E2 10000000000000.01 99999999999999999999), '"5"',
            'true', '[]'),
        (map { [profit_split => \$_] } qw(-1 -0.01 100.01 101 33.333 8e1), '"80"'),
        (map { [date => $_] }
            qw(2024-02-30 2023-02-29 2024-13-01 2024-00-10 2024-1-5 0000-01-01 24-01-01
                2024-01-15T00:00:00Z), ''),
        [date => \'20240115'],
        (map { [status => $_] } qw(done Completed COMPLETED), '', ' completed'),
        [status => \'1'],
        (map { [account_id => $_] } 'x', '', $account->{id} . '0', "{$account->{id}}"),
        [reference => 'x' x 201], [reference => \'7'],
        (map { [$_ => undef] } qw(date total_amount account_id profit_split status)),
    );
    for (@wrong) {
        my ($field, $value) = @$_;
        my %body = (date => '2024-01-15', total_amount => \'1', account_id => $account->{id},
            profit_split => \'80', status => 'pending', $field => $value);
        my $text = body_text(%body);
        my $answer = $api->POST($uri, $text);
        is_problem($answer, 400, 'validation_error', "$text is refused", 'journal');
        is(json_of($answer)->{errors}[0]{field}, $field, "the refusal of $text names the field");
        delete $body{$field};
        next if defined $value;
        is_problem($api->POST($uri, body_text(%body)), 400, 'validation_error',
            "a payout without $field is refused",
            'journal');
    }
    for my $text ('{', '[]', '"x"', '{"total_amount":01}', '{"a":1,"a":2}',
        "{\"reference\":\"a\x01\"}",
        '{"total_amount":NaN}', '{"total_amount":5.}') {
        is_problem($api->POST($uri, $text), 400, 'invalid_json',
            'no JSON object: ' . $text =~ s/\x01/^A/r, 'journal');
    }
    my $several = json_of($api->POST($uri, '{}'));
    is_deeply([map { $_->{field} } @{ $several->{errors} }],
        [qw(date total_amount account_id profit_split status)],
        'several mistakes are named in one answer');
    $several = json_of($api->POST($uri, body_text(date => '2026-13-01', total_amount => \'0',
        account_id => 'x', profit_split => \'101', status => 'x')));
    is_deeply([sort map { $_->{field} } @{ $several->{errors} }],
        [qw(account_id date profit_split status total_amount)],
        'an unknown status is named in one answer with the other mistakes');
    is($purser->value('select count(*) from journal.payout'), $before,
        'refused payouts are not recorded');
};

subtest 'new journal payout: accounts that are not there' => sub {
    my $theirs = account($other);
    my %body = (date => '2024-01-15', total_amount => \'1', profit_split => \'80',
        status => 'pending');
    my @answers = map { $api->POST($uri, body_text(%body, account_id => $_)) }
        random_uuid(), $theirs->{id}, uc $theirs->{id};
    is_problem($answers[0], 404, 'not_found', 'a random account is not found', 'journal');
    ok(same_404(@answers), "another user's account is the same 404, byte for byte");
    is($other->GET("/api/v1/accounts/$theirs->{id}")->{body} =~ /"total_gross_payouts":0\.00/ ? 1
        : 0, 1,
        "another user's account is untouched");
};

subtest 'new journal payout: reference and unknown fields' => sub {
    is(payout($api, $account)->{reference}, undef, 'an absent reference is null');
    is(payout($api, $account, reference => undef)->{reference}, undef,
        'a reference of null is null');
    is(payout($api, $account, reference => '')->{reference}, undef, 'an empty reference is null');
    my $text = "\x{1F600} \"quoted\" \\ <b> '; drop table journal.payout; -- \x{e4}\t";
    is(payout($api, $account, reference => $text)->{reference}, $text,
        'a reference of any text comes back');
    is(length payout($api, $account, reference => "\x{1F600}" x 200)->{reference}, 200,
        'a reference may have 200 characters');
    my $data = payout($api, $account, traders_share => \'1', firms_share => \'1',
        id => random_uuid(),
        user_id => random_uuid(), created_at => '2000-01-01T00:00:00Z', nonsense => [1]);
    is("$data->{traders_share} $data->{firms_share} $data->{user_id}",
        "4000.00 1000.00 $account->{user_id}", 'computed and unknown fields are ignored');
};

subtest 'new journal payout: repeats with an idempotency key' => sub {
    my %body = (date => '2024-05-05', total_amount => \'12.50', account_id => $account->{id},
        profit_split => \'80', status => 'pending');
    my @key = ('Idempotency-Key' => 'journal-1');
    my $before = $purser->value('select count(*) from journal.payout');
    my @answers = map { $api->POST($uri, body_text(%body), @key) } 1 .. 3;
    is_status($answers[0], 201, 'the first request is answered by 201');
    is($answers[$_]{body}, $answers[0]{body}, "replay $_ is byte-identical") for 1, 2;
    is($answers[1]{status}, 201, 'the replay has the first status');
    is($answers[1]{headers}{'idempotent-replayed'}, 'true', 'the replay is marked as one');
    is($purser->value('select count(*) from journal.payout'), $before + 1,
        'the replays record one payout');
    is_problem($api->POST($uri, body_text(%body, status => 'failed'), @key), 409,
        'idempotency_conflict',
        'the key with another body is a conflict', 'journal');
    my @parallel = $api->parallel(map { ['POST', $uri, body_text(%body),
        'Idempotency-Key' => 'journal-2'] } 1 .. 8);
    is((grep { $_->{status} == 201 && !$_->{headers}{'idempotent-replayed'} } @parallel), 1,
        'one of eight requests at once with one key records');
    is((grep { $_->{status} !~ /^(?:201|409)$/ } @parallel), 0,
        'the others get the recorded answer or 409');
    is($purser->value('select count(*) from journal.payout'), $before + 2,
        'the eight record one payout');
    is_status($other->POST('/api/v1/accounts', body_text(account_number => 'K', firm_name => 'F',
        account_type => 'funded', account_size => \'1'), @key), 201,
        "another user's key is another key");
    my $bad = $api->POST($uri, body_text(%body, status => 'x'), 'Idempotency-Key' => 'journal-3');
    is($api->POST($uri, body_text(%body, status => 'x'), 'Idempotency-Key' => 'journal-3')->{body},
        $bad->{body},
        'a refusal is replayed with its request id');
    is_problem($api->POST($uri, body_text(%body), 'Idempotency-Key' => 'two words'), 400,
        'validation_error',
        'a key with a blank is refused', 'journal');
};

is(tree_errors($purser), 0, 'journal payout: all sums are right after creating');
done_testing;
