# Protects: back-fill that is interrupted continues after the last page of Stripe's event list, in
# any process, and misses no event, not even one that came while the list was read.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::EventList;
use T::Proc qw(temp_dir);
use T::Purser;

my $HOUR_S = 3600;
my $COUNT = 1000;
my $PAGES = $COUNT / 100;
my $started_s = int time;
my $purser = T::Purser->start(programs => [], accounts => 1);
my $list = T::EventList->start(dir => $purser->{dir}, count => $COUNT,
    newest_s => $started_s - 3 * $HOUR_S);
my %conf = (stripe_api_base => $list->base);

sub stored { return $purser->value('select count(*) from stripe_events.event') }

sub has {
    return $purser->value('select count(*) from stripe_events.event where id = ?', $_[0]);
}

# The first reading of a system, some pages of it; the list is slow, so that it can be interrupted.
sub reading_half_done {
    $purser->dbh->do('truncate stripe_events.event');
    $purser->dbh->do('update stripe_events.bookmark set due_at = now(), covered_until = null,'
        . ' last_started_at = null, last_finished_at = null');
    $list->change(delay_ms => 300);
    my $before = $list->asked;
    my $jobs = $purser->start_program('purser-jobs', conf => {%conf}, @_);
    $purser->wait_for('some pages are stored', sub { stored() >= 300 });
    return ($jobs, $before);
}

# Makes the list quick; returns the requests until no reading runs or is due any more.
sub read_to_the_end {
    my $before = $list->asked;
    $list->change(delay_ms => 0);
    my $jobs = $purser->start_program('purser-jobs', conf => {%conf}, @_);
    $purser->wait_for('the list is read', sub {
        $purser->value(q(select due_at = 'infinity' and lease_holder is null
            and covered_until is not null from stripe_events.bookmark
            where list = 'events')) }, 60);
    $jobs->stop;    # two at a time with the name of one instance would share its leases
    my @asked = $list->asked;
    return @asked[$before .. $#asked];
}

sub from_the_newest { return scalar grep { !defined $_->{after} } @_ }

subtest 'a reading whose process is killed' => sub {
    my ($jobs) = reading_half_done();
    $jobs->kill_hard;
    my $stored = stored();
    # purser-jobs does not run for two hours; an event comes meanwhile, whose webhook is lost.
    $purser->dbh->do(
        q(update stripe_events.bookmark set last_started_at = last_started_at - interval '2 h'));
    my $lost = $list->add($started_s - $HOUR_S / 2);
    my @asked = read_to_the_end();
    is($asked[0]{after}, sprintf('evt_list%06d', $COUNT + 1 - $stored),
        'the next process goes on after the last page');
    is($asked[0]{from}, ($list->asked)[0]{from}, 'the next process reads the same list');
    my ($second) = grep { !defined $asked[$_]{after} } 0 .. $#asked;
    is($second, $PAGES - $stored / 100, 'each page that is left is read once');
    is(has($lost), 1, 'the event that came meanwhile is read');
    cmp_ok(abs($asked[$second]{from} - ($started_s - 3 * $HOUR_S)), '<', 60,
        'the second reading is from an hour before the interrupted one began');
    is(from_the_newest(@asked), 1, 'there is no third reading');
    is(stored(), $COUNT + 1, 'no event is missed');
};

subtest 'a reading whose process is stopped' => sub {
    my ($jobs) = reading_half_done();
    my $start = time;
    $jobs->stop('TERM', 14);
    cmp_ok(time - $start, '<', 1.5, 'the process stops after the page, not after the list');
    cmp_ok(stored(), '<', 800, 'the list is not read to its end yet');
    is($purser->value('select lease_holder from stripe_events.bookmark where list = ?',
        'events'), undef,
        'the stopped process holds no lease');
    like($jobs->log_text, qr/msg="stopped"/, 'the stopped process leaves no job running');
    my @asked = read_to_the_end();
    ok(defined $asked[0]{after}, 'the next process goes on in the list');
    is(stored(), $COUNT + 1, 'no event is missed');
};

subtest 'a reading that another instance takes over' => sub {
    my ($jobs, $before) = reading_half_done();
    my $dir = temp_dir('other');
    my @asked = read_to_the_end(args => ['--instance', 'other'], dir => $dir,
        conf => { %conf, jobs_socket => "$dir/jobs.sock" });
    ok(defined $asked[0]{after}, 'the other instance goes on in the list');
    $jobs->stop;
    @asked = $list->asked;
    @asked = @asked[$before .. $#asked];
    is(from_the_newest(@asked), 2, 'the list is read once, and once what came since');
    cmp_ok(scalar @asked, '<=', $PAGES + 3, 'the two instances do not read side by side');
    is(stored(), $COUNT + 1, 'no event is missed');
};

subtest 'an interruption so long that Stripe has forgotten the last event that was read' => sub {
    my ($jobs) = reading_half_done();
    $jobs->kill_hard;
    my $forgotten = $COUNT + 2 - stored();
    $list->forget($forgotten);
    my $new = $list->add(int time);
    my @asked = read_to_the_end(env => { PURSER_FAULT_LEASE_MS => 2000 });
    ok(defined $asked[0]{after}, 'Stripe is asked for what is older than the last event');
    is($asked[1]{after}, undef,
        'the list is read from its newest event when Stripe refuses that');
    is(has($new), 1, 'the event that came meanwhile is read');
};

done_testing;
