# Protects: pipelined reads.  Each caller gets the rows of its own tenant, its own refusal and its
# own time-out, and a read that does not end does not delay the read of another caller.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status json_of);
use T::Held qw(while_held);
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments'],
    conf => { database_timeout_ms => 2000, log_level => 'debug' });
my $list = '/v2/payments/prop-accounts';
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);

# An account for one trader of each firm.
my @traders = map {
    my $api = $purser->api($_);
    is_status(my $made = $api->POST('/v2/payments/free', \%free), 200, "a free account at firm $_");
    +{ api => $api, id => json_of($made)->{id} };
} 0, 1;

# The requests that are sent at the same time, with the answer that each gets when it is sent alone.
sub ask {
    my ($api, $path) = @_;
    return { request => $api->request_of('GET', $path), name => $path };
}
my @calls = map {
    my ($own, $other) = @traders[$_, 1 - $_];
    (ask($own->{api}, $list), ask($own->{api}, "$list/$own->{id}"),
        ask($own->{api}, "$list/$other->{id}"), ask($own->{api}, "$list/failed"));
} 0, 1;
for my $wrong ('Authorization', 'X-Session-Token') {
    my $call = ask($traders[0]{api}, $list);
    $call->{request}{headers}{$wrong} =~ s/.{6}$/000000/;
    push @calls, $call;
}
my $http = $purser->nginx->http;
sub seen {
    my ($answer) = @_;
    return "$answer->{status} " . ($answer->{body} =~ s/"request_id":"[^"]*"//r);
}
$_->{alone} = seen($http->request($_->{request})) for @calls;
is(join(' ', map { substr $_->{alone}, 0, 3 } @calls), '200 200 404 200 200 200 404 200 401 401',
    'shared reads: the statuses of each call alone are as expected');

# A reader of accounts waits while another session has this lock.  A lock on the table would keep
# connections from opening.
my $view = $purser->value(q(select pg_get_viewdef('payments.prop_account_v'::regclass)))
    =~ s/;\s*$//r;
$purser->dbh->do("create or replace view payments.prop_account_v as $view "
    . "and (select pg_advisory_xact_lock_shared(7)) is not null");

# Sends all requests three times at once while no session can read the accounts.
sub while_locked {
    my ($meanwhile) = @_;
    return while_held($purser, 'select pg_advisory_xact_lock(7)',
        q(select pid from pg_locks where not granted and locktype = 'advisory'),
        $meanwhile, map { ($_->{request}) x 3 } @calls);
}

# How many answers equal those of one call at a time, and how many are 503.
sub compare {
    my (@answers) = @_;
    my ($same, $later) = (0, 0);
    for my $i (0 .. $#answers) {
        my $call = $calls[$i / 3];
        if ($answers[$i]{status} == 503 && $answers[$i]{headers}{'retry-after'}) { $later++ }
        elsif (seen($answers[$i]) eq $call->{alone}) { $same++ }
        else { diag "$call->{name}: got " . seen($answers[$i]) . ", alone $call->{alone}" }
    }
    return ($same, $later);
}

# The number of callers of each round trip, from the log.
sub trips { return $purser->payments->log_text =~ /msg="pipelined reads" callers=(\d+)/g }

# The largest number of callers whose reads shared a round trip.
sub most_callers {
    my $most = 0;
    for (trips()) { $most = $_ if $_ > $most }
    return $most;
}

subtest 'shared reads: thirty reads at the same time while a lock keeps all readers out' =>
    sub {
    my ($most, @answers) = while_locked(sub { $_[0]->commit });
    is_deeply([compare(@answers)], [30, 0],
        'each caller gets its own answer when the lock is gone');
    cmp_ok(most_callers(), '>=', 5, 'reads of many callers were pipelined: ' . most_callers());
    cmp_ok($most, '>', 1,
        "a read that waits for the lock does not keep the others on its connection: $most "
        . "connections");
};

subtest 'pipelined read: a read with a key, which is stored in the same transaction' =>
    sub {
    my $before = () = trips();
    my @syncs = map { $traders[0]{api}->request_of('POST', "/v2/lifecycle/sync/$traders[0]{id}",
        '{}', 'Idempotency-Key' => "sync-$_") } 1 .. 12;
    is(scalar(grep { $_->{status} == 200 } $http->parallel(@syncs)), 12,
        'all reads with a key are answered');
    is(scalar(() = trips()), $before, 'no read with a key shares a round trip');
};

subtest 'shared reads: the connection breaks' => sub {
    my %killed;
    my (undef, @answers) = while_locked(sub {
        my ($holder, $pid) = @_;
        $purser->value('select pg_terminate_backend(?)', $pid) if !$killed{$pid}++;
        # the first caller alone, then the many that arrived meanwhile
        return keys %killed == 2 && $holder->commit;
    });
    my ($same, $later) = compare(@answers);
    is($same + $later, 30, "each caller gets its own answer ($same) or 503 ($later)");
    cmp_ok($later, '<=', 2,
        'a connection that breaks costs the caller whose read it ran, and no other');
    is_deeply([compare($http->parallel(map { ($_->{request}) x 3 } @calls))], [30, 0],
        'all callers are answered when the connection is back');
};

subtest 'shared reads: a database that does not answer' => sub {
    my $start = time;
    my (undef, @answers) = while_locked(sub { 1 });
    my (undef, $later) = compare(@answers);
    is($later, 30, 'all callers are answered by 503');
    cmp_ok(time - $start, '<', 2 + 1 + 3,
        sprintf('the answers come within the one deadline of a request (%.1f s)', time - $start));
    is_deeply([compare($http->parallel(map { ($_->{request}) x 3 } @calls))], [30, 0],
        'all callers are answered when the database answers again');
};

done_testing;
