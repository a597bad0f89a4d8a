# Protects: back-fill does not take a page of Stripe's event list without has_more for the last one:
# the reading does not count as finished.
use strict;
use warnings;

use Test::More;
use T::Purser;

my $purser = T::Purser->start(programs => [], accounts => 1);
my %page = (
    'without has_more' => '{"object":"list","data":[]}',
    'with has_more as a text' => '{"object":"list","data":[],"has_more":"false"}',
    'without data' => '{"object":"list","has_more":false}',
    'with more behind nothing' => '{"object":"list","data":[],"has_more":true}',
);

# The log of purser-jobs has all of its runs.
sub refused {
    my ($jobs) = @_;
    return scalar(() = $jobs->log_text =~ /msg="list not read" list=events/g);
}

my $before = 0;
for my $name (sort keys %page) {
    $purser->double->faults({ match => 'GET /v1/events', do => 'body', body => $page{$name},
        times => -1 });
    $purser->dbh->do('update stripe_events.bookmark set due_at = now(), covered_until = null,'
        . ' last_finished_at = null, lease_holder = null, lease_until = null');
    my $jobs = $purser->start_program('purser-jobs');
    $purser->wait_for('the list is asked for', sub { refused($jobs) > $before });
    $before = refused($jobs);
    is($purser->value('select covered_until is null and last_finished_at is null'
        . ' from stripe_events.bookmark where list = ?', 'events'), 1,
        "back-fill: a page $name ends no reading");
    $jobs->kill_hard;
}

$purser->double->no_faults;
$purser->start_program('purser-jobs');
$purser->wait_for('the list is read', sub {
    $purser->value('select covered_until is not null from stripe_events.bookmark where list = ?',
        'events') });
pass('back-fill: the list is read when its page is whole');

done_testing;
