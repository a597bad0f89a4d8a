# Protects: the watchdog does not end a purser-jobs that is busy: purser-jobs reports while a job
# takes longer than twice its lease, as long as each of the job's steps is short.
use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM);
use Test::More;
use Time::HiRes qw(time);
use T::EventList;
use T::Events qw(event event_text);
use T::Purser;

my $LEASE_MS = 1000;
my $STEP_MS = 700;
# The longest time between two reports of a healthy program on a slow machine.
my $SILENCE_S = 1.5;

my $purser = T::Purser->start(durable => 1, programs => [], accounts => 1,
    conf => { database_timeout_ms => 500 });
my $path = "$purser->{dir}/notify";
my $manager = IO::Socket::UNIX->new(Local => $path, Type => SOCK_DGRAM) or die "$path: $!";

# The longest time without a report from now on until the code gives something true, at most 30 s.
sub longest_silence {
    my ($until) = @_;
    my ($end, $last, $longest) = (time + 30, time, 0);
    while (time < $end && !$until->()) {
        if (IO::Select->new($manager)->can_read(0.1)) {
            $manager->recv(my $text, 4096);
            $last = time if $text eq 'WATCHDOG=1';
        }
        $longest = time - $last if time - $last > $longest;
    }
    return $longest;
}

sub start_jobs {
    my (%conf) = @_;
    return $purser->start_program('purser-jobs', conf => {%conf}, env => { NOTIFY_SOCKET => $path,
        WATCHDOG_USEC => 400_000, PURSER_FAULT_LEASE_MS => $LEASE_MS });
}

# A program waits for a manager that does not read its reports.
sub stop_jobs {
    $purser->jobs->signal('TERM');
    longest_silence(sub { !$purser->jobs->alive });
    return $purser->jobs->stop;
}

# Events for each of which Stripe is asked for a dispute, of which it knows nothing.
sub store_disputes {
    for (1 .. $_[0]) {
        my $event = event('charge.dispute.created', { object => 'dispute', id => "dp_$_" });
        $purser->value("select stripe_events.event_receive(array['default'], array[?], array[?],"
            . ' array[null], array[false], array[?]::bigint[], array[?], array[?], array[?])',
            @$event{qw(id type created api_version)}, "dp_$_", event_text($event));
    }
    return;
}

sub disputes {
    return $purser->value(q(select count(*) from stripe_events.event
        where type = 'charge.dispute.created' and ) . $_[0]);
}

sub claimed { return disputes(q(state = 'pending' and lease_holder is not null)) }

subtest 'a long list of events' => sub {
    my $list = T::EventList->start(dir => $purser->{dir}, count => 600, delay_ms => $STEP_MS);
    start_jobs(stripe_api_base => $list->base);
    my $silence = longest_silence(
        sub { $purser->value('select last_finished_at is not null from stripe_events.bookmark'
        . ' where list = ?', 'events') });
    cmp_ok($silence, '<', $SILENCE_S, 'reports go on while the list is read');
    is($purser->value('select count(*) from stripe_events.event'), 600,
        'every event of the list is stored');
    stop_jobs();
};

$purser->double->faults({ match => 'GET /v1/disputes/*', do => 'delay', delay_ms => $STEP_MS,
    times => -1 });

subtest 'many slow events at a time' => sub {
    store_disputes(6);
    start_jobs();
    my $silence = longest_silence(sub { !disputes(q(state = 'pending')) });
    cmp_ok($silence, '<', $SILENCE_S, 'reports go on while the events are applied');
    is(disputes(q(state = 'failed')), 6, 'every event is marked as failed');
    is(disputes('lease_holder is not null'), 0, 'no lease is left');
};

subtest 'a database that is down while an answer of Stripe is to be stored' => sub {
    store_disputes(1);
    $purser->wait_for('the event is claimed', \&claimed);
    $purser->postgres->stop('immediate');
    my $away = time;
    cmp_ok(longest_silence(sub { time - $away > 5 }), '<', $SILENCE_S,
        'reports go on without the database');
    $purser->postgres->start;
    $purser->reconnect;
    $purser->wait_for('the answer is stored', sub { !disputes(q(state = 'pending')) });
};

subtest 'a configuration that is more patient than the lease' => sub {
    stop_jobs();
    store_disputes(1);
    $purser->start_program('purser-jobs', conf => { stripe_deadline_ms => 400_000 });
    my $lease_s = $purser->wait_for('the event is claimed', sub { $purser->value(q(
        select extract(epoch from lease_until - now()) from stripe_events.event
        where type = 'charge.dispute.created' and state = 'pending')) });
    cmp_ok($lease_s, '>', 400, 'the lease is longer than the longest call');
    $purser->wait_for('the event is applied', sub { !disputes(q(state = 'pending')) });
};

subtest 'a stop during many slow events' => sub {
    $purser->jobs->stop;
    store_disputes(10);
    $purser->start_program('purser-jobs');
    $purser->wait_for('some are claimed', \&claimed);
    my $start = time;
    $purser->jobs->stop('TERM', 14);
    cmp_ok(time - $start, '<', 3, 'the stop comes after the event that is worked on');
    is(disputes('lease_holder is not null'), 0, 'the other events are given back');
};

done_testing;
