# Protects: grouped insert.  The events that arrive while a transaction runs are stored together by
# the next one, and an event neither fails nor waits nor wakes purser-jobs because of another event.
use strict;
use warnings;

use IO::Socket::UNIX;
use Socket qw(SOCK_DGRAM MSG_DONTWAIT);
use Test::More;
use Time::HiRes qw(time sleep);
use T::Events qw(event delivery deliver);
use T::Api qw(is_status);
use T::Held qw(while_held);
use T::Purser;

# purser-jobs does not run: the last writer of a row is the one that stored it.
my $purser = T::Purser->start(programs => ['purser-webhooks'],
    conf => { database_timeout_ms => 2000 });
my $http = $purser->nginx->http;
my $wakes = IO::Socket::UNIX->new(Local => $purser->webhooks->jobs_socket, Type => SOCK_DGRAM)
    or die "socket: $!";

# How often purser-jobs was woken since the last call.  The program answers before it wakes
# purser-jobs, so this waits for $expected wakes, and a moment longer for one too many.
sub wakes {
    my ($expected) = @_;
    my $n = 0;
    my $until = time + 5;
    while ($n < $expected && time < $until) {
        $n++ while defined $wakes->recv(my $byte, 16, MSG_DONTWAIT);
        sleep 0.05;
    }
    sleep 0.3;
    $n++ while defined $wakes->recv(my $byte, 16, MSG_DONTWAIT);
    return $n;
}

sub new_events {
    return map { event('payment_intent.created', { id => "pi_$_", object => 'payment_intent' }) }
        1 .. $_[0];
}

sub stored {
    my (@events) = @_;
    return @{ $purser->rows(<<'END', [map { $_->{id} } @events])->[0] }{qw(events transactions)};
select count(*) as events, count(distinct xmin::text) as transactions
from stripe_events.event where id = any (?)
END
}

my $lock = 'lock table stripe_events.event in share row exclusive mode';
my $lock_waits = q(select pid from pg_locks where not granted )
    . q(and relation = 'stripe_events.event'::regclass);

# Sends all events while the table is locked.
sub while_locked {
    my ($meanwhile, @events) = @_;
    return while_held($purser, $lock, $lock_waits, $meanwhile, map { delivery($_) } @events);
}
my $let_go = sub { $_[0]->commit };
my $keep = sub { 1 };

subtest 'events stored together: twenty events wait for one transaction' => sub {
    my @events = new_events(20);
    my ($most, @answers) = while_locked($let_go, @events);
    is(scalar(grep { $_->{status} == 200 && $_->{body} eq '{"received":true}' } @answers), 20,
        'each event is taken');
    cmp_ok($most, '<=', 4, "few transactions wait at a time: $most");
    my ($count, $transactions) = stored(@events);
    is($count, 20, 'each event is stored');
    cmp_ok($transactions, '<', 10, "the events share $transactions transactions");
    is(wakes($transactions), $transactions, 'purser-jobs is woken once for each transaction');
};

subtest 'events stored together: duplicates among events that wait' => sub {
    my @events = new_events(4);
    is_status(deliver($purser, $events[0]), 200, 'one of the events is taken alone');
    is(wakes(1), 1, 'the first event wakes purser-jobs');
    my (undef, @answers) = while_locked($let_go, (@events) x 4);
    is(scalar(grep { $_->{status} == 200 } @answers), 16, 'all duplicates are taken');
    is((stored(@events))[0], 4, 'each event is stored once');
    my (undef, $transactions) = stored(@events[1 .. 3]);
    is(wakes($transactions), $transactions,
        'a transaction that stores nothing new does not wake purser-jobs');
    is_status(deliver($purser, $events[0]), 200, 'an event that is stored already is taken');
    is(wakes(0), 0, 'an event that is stored already does not wake purser-jobs');
};

subtest 'events stored together: one event that the database refuses' => sub {
    $purser->dbh->do($_) for <<'END',
create function public.refuse() returns trigger language plpgsql as $$
begin raise exception 'refused by a test'; end $$
END
        q(create trigger refuse before insert on stripe_events.event for each row )
            . q(when (new.type = 'refused') execute function public.refuse());
    my @events = new_events(20);
    my $bad = event('refused', { id => 'pi_1', object => 'payment_intent' });
    splice @events, 10, 0, $bad;
    my (undef, @answers) = while_locked($let_go, @events);
    is($answers[10]{status}, 500, 'the bad event is refused');
    is(scalar(grep { $_->{status} == 200 } @answers), 20, 'the twenty good events are taken');
    is((stored(@events))[0], 20, 'the twenty good events are stored');
    $purser->dbh->do('drop trigger refuse on stripe_events.event');
};

subtest 'events stored together: one event that waits for another transaction' => sub {
    my @events = new_events(20);
    my $held = event('payment_intent.created', { id => 'pi_held', object => 'payment_intent' });
    splice @events, 10, 0, $held;
    # The other transaction has stored the same event; it releases its other locks.
    my $let_it_go = sub { $_[0]->do('rollback to locked') };
    my (undef, @answers) = while_held($purser, <<"END", $lock_waits, $let_it_go,
select stripe_events.event_receive('{default}', '{$held->{id}}', '{$held->{type}}', '{null}',
    '{false}', '{1}', '{null}', '{pi_held}', array['{}']);
savepoint locked;
$lock
END
        map { delivery($_) } @events);
    is($answers[10]{status}, 503, 'the event that waits is answered by 503');
    is(scalar(grep { $_->{status} == 200 } @answers), 20, 'the twenty others are taken');
    is((stored(grep { $_ != $held } @events))[0], 20, 'the twenty others are stored');
    is_status(deliver($purser, $held), 200, 'the event that waited is taken when it is sent again');
};

subtest 'events stored together: a database that does not answer' => sub {
    my @events = new_events(20);
    my $start = time;
    my (undef, @answers) = while_locked($keep, @events);
    my $took = time - $start;
    is(scalar(grep { $_->{status} == 503 && $_->{headers}{'retry-after'} } @answers), 20,
        'all events are answered by 503 with Retry-After');
    cmp_ok($took, '<', 2 + 1 + 3,
        sprintf('the answers come within the one deadline of a request (%.1f s)', $took));
    @answers = $http->parallel(map { delivery($_) } @events);
    is(scalar(grep { $_->{status} == 200 } @answers), 20,
        'all events are taken when they are sent again');
    is((stored(@events))[0], 20, 'all events are stored when they are sent again');
};

done_testing;
