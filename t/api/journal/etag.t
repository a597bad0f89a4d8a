# Protects: a client changes or deletes an entry of the journal only as it has seen it, when it says
# so, and does not fetch again what it has.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api) = journal_start();
my $account = account($api);

sub tag { my ($answer) = @_; return $answer->{headers}{etag} }

# Makes an object, and changes it in a second way.
my %kinds = (
    payouts => {
        create => sub { $api->POST('/api/v1/payouts', body_text(date => '2024-01-15',
            total_amount => \'5000.00', account_id => $account->{id}, profit_split => \'80',
            status => 'pending')) },
        change => '{"status":"completed"}',
        change_again => '{"status":"pending"}',
    },
    accounts => {
        create => sub { $api->POST('/api/v1/accounts', body_text(account_number => 'E' . ++$_[0],
            firm_name => 'E', account_type => 'funded', account_size => \'50000')) },
        change => '{"status":"closed"}',
        change_again => '{"status":"active"}',
    },
);

for my $kind (sort keys %kinds) {
    subtest "ETag: $kind" => sub {
        my $number = 0;
        my $created = $kinds{$kind}{create}->($number);
        my $uri = "/api/v1/$kind/" . data_of($created)->{id};
        my $got = $api->GET($uri);
        like(tag($got), qr/^"[0-9a-f]{64}"$/, 'GET has a strong tag');
        is(tag($created), tag($got), 'POST has the tag of what it made');
        is($created->{body}, $got->{body}, 'POST answers what GET does');
        my $changed = $api->PUT($uri, $kinds{$kind}{change}, 'If-Match' => tag($got));
        is_status($changed, 200, 'PUT with the present tag is done');
        isnt(tag($changed), tag($got), 'PUT has another tag');
        is(tag($api->GET($uri)), tag($changed), 'GET has the same one');
        sleep 1;    # times are whole seconds
        for my $same ('{}', $kinds{$kind}{change}) {
            is($api->PUT($uri, $same)->{body}, $changed->{body},
                "what does not change stays, updated_at too: $same");
            is(tag($api->GET($uri)), tag($changed),
                "a PUT that changes nothing keeps the tag: $same");
        }
        for my $match (tag($got), 'W/' . tag($changed), '"x"', '"x", ' . tag($got), '"*"') {
            my $answer = $api->PUT($uri, $kinds{$kind}{change_again}, 'If-Match' => $match);
            is_problem($answer, 412, 'precondition_failed', "PUT is refused: If-Match: $match",
                'journal');
            is_problem($api->DELETE($uri, 'If-Match' => $match), 412, 'precondition_failed',
                "DELETE is refused: If-Match: $match", 'journal');
        }
        is($api->GET($uri)->{body}, $changed->{body}, 'refused changes change nothing');
        for my $wrong ('x', '', tag($changed) . ' ' . tag($changed), '"', '"x",', '*, "x"',
            tag($changed) =~ tr/"//dr) {
            for my $method (qw(PUT DELETE)) {
                is_problem($api->call($method, $uri, $method eq 'PUT' ? '{}' : undef,
                    'If-Match' => $wrong), 400, 'validation_error',
                    "$method is refused: If-Match: $wrong", 'journal');
            }
        }
        for my $match ('*', '"x",TAG', '"x" , TAG , "y"') {
            my $present = tag($changed);
            $changed = $api->PUT($uri, $kinds{$kind}{change},
                'If-Match' => $match =~ s/TAG/$present/r);
            is_status($changed, 200, "PUT is done: If-Match: $match");
        }
        for my $none (tag($changed), 'W/' . tag($changed), '*', '"x", ' . tag($changed)) {
            my $answer = $api->GET($uri, 'If-None-Match' => $none);
            is($answer->{status} . ($answer->{body} // ''), '304',
                "GET is 304 without a body: If-None-Match: $none");
            is(tag($answer), tag($changed), "304 has the tag: If-None-Match: $none");
        }
        is_status($api->GET($uri, 'If-None-Match' => tag($got)), 200,
            'GET with an old tag answers');
        is_problem($api->GET($uri, 'If-None-Match' => 'x'), 400, 'validation_error',
            'GET with a malformed list is refused', 'journal');
        my $missing = "/api/v1/$kind/" . random_uuid();
        is_problem($api->call($_, $missing, $_ eq 'PUT' ? '{}' : undef, 'If-Match' => '"x"'), 404,
            'not_found', "$_ of nothing is 404 before 412", 'journal') for qw(PUT DELETE);
        is_status($api->DELETE($uri, 'If-Match' => tag($changed)), 200,
            'DELETE with the present tag is done');
    };
}

subtest 'ETag: changes within a second, and of what is shown beside' => sub {
    my $payout = payout($api, $account, status => 'pending');
    my $uri = "/api/v1/payouts/$payout->{id}";
    my %tags = (tag($api->GET($uri)) => 1);
    $tags{ tag($api->PUT($uri, qq({"status":"$_"}))) }++ for ('failed', 'pending') x 5;
    is(scalar keys %tags, 11, 'each of ten changes within a second has a tag of its own');
    my $before = $api->GET($uri);
    my $of_account = tag($api->GET("/api/v1/accounts/$account->{id}"));
    is_status($api->PUT("/api/v1/accounts/$account->{id}", '{"account_number":"RENAMED"}'), 200,
        'the account gets another number');
    my $after = $api->GET($uri, 'If-None-Match' => tag($before));
    is_status($after, 200, 'the payout shows it');
    is(data_of($after)->{account_number}, 'RENAMED', 'the payout has the new number');
    isnt(tag($after), tag($before), 'the payout has another tag');
    payout($api, $account);
    isnt(tag($api->GET("/api/v1/accounts/$account->{id}")), $of_account,
        'the account has another tag when its totals are others');
};

# Of many changes that know the same state one is done.
my $payout = payout($api, $account, status => 'pending');
my $uri = "/api/v1/payouts/$payout->{id}";
my $tag = tag($api->GET($uri));
my @answers = $api->parallel(map { ['PUT', $uri, qq({"total_amount":$_}), 'If-Match' => $tag] }
    1 .. 20);
is(join(' ', sort map { $_->{status} } @answers), join(' ', 200, (412) x 19),
    'ETag: one of 20 changes at once is done');

done_testing;
