# Protects: the result of an upstream call is stored also when the database calls before it took all
# the time of the request; the Idempotency-Key does not stay locked.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_json is_status);
use T::Purser;

my $timeout_ms = 1000;
my $budget_ms = $timeout_ms + 1000;
my $purser = T::Purser->start(conf => { database_timeout_ms => $timeout_ms });
my (undef, $account) = $purser->buy;
my $uri = "/v2/lifecycle/sync/$account->{id}";

for my $key (undef, 'late-1') {
    my @call = ($uri, '{}', defined $key ? ('Idempotency-Key' => $key) : ());
    subtest(defined $key ? 'late settle: with a key' : 'late settle: without a key', sub {
        $purser->start_program('purser-payments', env => {
            PURSER_FAULT_POINT => 'after payments.lifecycle_target#1',
            PURSER_FAULT_SLEEP_MS => $budget_ms + 200 });
        my $start = time;
        is_status($purser->api->POST(@call), 200, 'the request is answered by 200');
        cmp_ok(time - $start, '>', $budget_ms / 1000,
            'the answer comes after the time of its database calls');
        is_json($purser->api->POST(@call), { prop_account_id => $account->{id} },
            'the repeated request is answered');
    });
}

done_testing;
