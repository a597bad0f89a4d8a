# The same events in another order from two sides: each is stored once, without a deadlock.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value);
use Test::More;

my ($rounds, $events) = (40, 60);
my $main = session();
my $receive = q{
    select stripe_events.event_receive(array_agg('default'::text), array_agg(id),
        array_agg('payment_intent.created'::text),
        array_agg(null::text), array_agg(false), array_agg(1000::bigint), array_agg('2026'::text),
        array_agg('pi_1'::text), array_agg('{}'::text))
    from unnest(?::text[]) as id};

my @results = parallel(2, sub {
    my ($dbh, $number) = @_;
    my $new = 0;
    for my $round (1 .. $rounds) {
        my @ids = map { "evt_${round}x$_" } 1 .. $events;
        $new += value($dbh, $receive, [$number % 2 ? @ids : reverse @ids]);
    }
    return $new;
});
my @counts = map { @$_ } @results;
is_deeply([grep { !/^\d+$/ } @counts], [], 'events from two sessions: no call fails');
is($counts[0] + $counts[1], $rounds * $events,
    'events from two sessions: each is new to one of the two');
is(value($main, q{select count(*) from stripe_events.event}), $rounds * $events,
    'events from two sessions: each is stored once');
done_testing;
