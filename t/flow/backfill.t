# Protects: back-fill reads a long list of Stripe's events to its end, in no more memory than a
# short one; what the list does not go back to is an exception.
use strict;
use warnings;

use Test::More;
use T::EventList;
use T::Proc qw(slurp);
use T::Purser;

my $COUNT = 6000;
my $purser = T::Purser->start(programs => [], accounts => 1);
my $list = T::EventList->start(dir => $purser->{dir}, count => $COUNT, padding => 1500);

# AddressSanitizer keeps freed memory for a while: that would count as memory of purser-jobs.
my $jobs = $purser->start_program('purser-jobs', conf => { stripe_api_base => $list->base },
    env => { ASAN_OPTIONS => 'detect_leaks=1:quarantine_size_mb=1' });
sub peak_mib {
    return (slurp('/proc/' . $jobs->pid . '/status') =~ /^VmHWM:\s+(\d+) kB/m)[0] / 1024;
}
sub stored { return $purser->value('select count(*) from stripe_events.event') }

$purser->wait_for('the first pages are stored', sub { stored() >= 500 });
my $early = peak_mib();
$purser->wait_for('the list is read',
    sub { $purser->value('select last_finished_at is not null from stripe_events.bookmark'
        . ' where list = ?', 'events') }, 120);
is(stored(), $COUNT, 'every event of a long list is stored');
my $grown = peak_mib() - $early;
cmp_ok($grown, '<', 40,
    sprintf 'a long list takes %.1f MiB more than its first pages', $grown);

is($purser->value(q(select count(*) from core.exception where kind = 'list_gap')), 0,
    'a first reading leaves no gap');
$purser->dbh->do(q(update stripe_events.bookmark set due_at = now(),
    covered_until = now() - interval '40 days' where list = 'events'));
$purser->wait_for('the gap is an exception', sub { $purser->value(<<'END') }, 120);
select (detail ->> 'until')::timestamptz between now() - interval '30 days 5 min'
    and now() - interval '30 days'
from core.exception where kind = 'list_gap'
END
pass('events that Stripe no longer lists are an exception');
unlike($jobs->log_text, qr/level=error/, 'purser-jobs logs no error');

done_testing;
