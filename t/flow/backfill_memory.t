# Protects: back-fill reads any number of events in bounded memory.  Prints its rate beside that of
# a client that reads the same list and does nothing with it.  PURSER_BACKFILL_EVENTS=100000 for a
# long list.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);
use T::EventList;
use T::Http;
use T::Proc qw(plain_dir slurp);
use T::Purser;

my $COUNT = $ENV{PURSER_BACKFILL_EVENTS} || 5000;
my $LIMIT_MIB = 32;
my $purser = T::Purser->start(build => plain_dir, programs => [], accounts => 1);
my $list = T::EventList->start(dir => $purser->{dir}, count => $COUNT, padding => 2000,
    step_s => 10);
# Each of these would be a page of more than any other.
$list->put($COUNT - 10, sprintf '{"id":"evt_list%06d","type":"refund.created","x":"%s"}',
    $COUNT - 10, 'x' x 3_000_000);

sub client_reads {
    my $http = T::Http->new($list->base);
    my ($after, $read, $begun) = ('', 0, time);
    while (1) {
        my $answer = $http->request({ method => 'GET',
            uri => "/v1/events?created[gte]=0&limit=100$after" });
        my @ids = $answer->{body} =~ /"id":"(evt_list\d+)"/g;
        $read += @ids;
        last if $answer->{body} !~ /"has_more":true/;
        $after = "&starting_after=$ids[-1]";
    }
    return $read / (time - $begun);
}

$purser->wait_for('the list is served', sub { T::Http->new($list->base)->request({
    uri => '/v1/events?created[gte]=0&limit=1' })->{status} == 200 });
my $alone = client_reads();
$purser->dbh->do(q(update stripe_events.bookmark set due_at = now(), covered_until = null,
    last_finished_at = null));
my $begun = time;
my $jobs = $purser->start_program('purser-jobs', conf => { stripe_api_base => $list->base });
my $peak_mib = 0;
$purser->wait_for('the list is read', sub {
    my ($kib) = slurp('/proc/' . $jobs->pid . '/smaps_rollup') =~ /^Pss:\s+(\d+) kB/m;
    $peak_mib = $kib / 1024 if $kib / 1024 > $peak_mib;
    return $purser->value(q(select last_finished_at is not null from stripe_events.bookmark
        where list = 'events'));
}, 60 + $COUNT / 50);
my $rate = $COUNT / (time - $begun);
is($purser->value('select count(*) from stripe_events.event'), $COUNT - 1,
    'every event of a long list is stored, but the one that is too large');
cmp_ok($peak_mib, '<=', $LIMIT_MIB,
    sprintf 'purser-jobs takes %.1f MiB (PSS) at most while it reads %d events', $peak_mib, $COUNT);
note(sprintf '%d events: %.0f events/s; a client that only reads: %.0f events/s; ratio %.2f',
    $COUNT, $rate, $alone, $rate / $alone);
unlike($jobs->log_text, qr/level=error/, 'purser-jobs logs no error');

done_testing;
