# Protects: no test and no program depends on the day, the hour or the month.  The tests that use
# weeks, dates or the double's clock run again while the day, the month and the year change: each
# at one of the turns, with PURSER_CALENDAR=all at every one.
#
# T::Clock moves the clock of every process that such a test starts (PostgreSQL, nginx, the double,
# the programs) and of the test itself.  All of them have the same distance to the real time, so
# that they agree.  The clock runs: midnight comes while the tests run.
use strict;
use warnings;

use Test::More;
use Time::Local qw(timegm);
use T::Clock;
use T::Proc qw(plain_dir slurp temp_dir top_dir);

# Name, the turn of the calendar in UTC, so many seconds of it are still to come at the start, and
# the time zone of the machine.  The leads differ, so that midnight meets different tests.
#   1  A clock that a test moves on by a day is in the next week, during the whole run.
#   2  The year ends on a Sunday, so that the week and the year turn at once.
#   3  29 February is a Monday; the time is more than 31 bits hold.
my @turns = (
    ['Saturday, and on into Sunday', '2028-07-30 00:00:00', 22, 'UTC'],
    ['Sunday 31 December, 23:59, and on into Monday', '2029-01-01 00:00:00', 12, 'BEHIND+12'],
    ['Monday 29 February, from 00:00', '2044-02-29 00:00:00', 0, 'AHEAD-14'],
);
my $clocks = 't/flow/lib/clocks.t';

# A test belongs here when it scripts weeks of the validator, moves or reads the double's clock,
# reads the date, or makes rows older by hours, days or more.
my $touches = qr{->funded\(|->script\(|/validator/|/clock'
    |\b(?:current_date|date_trunc|gmtime|localtime|strftime)\b
    |\binterval\ '[^']*\b(?:h|days?|weeks?|months?|years?)\b}x;
my %left_out = (
    't/flow/calendar.t' => 'itself',
    't/flow/high_water.t' => 'long; it is about sums, whatever the weeks are called',
    't/flow/plans.t' => 'long; it fills tables and reads the plans of queries',
);

my $build = plain_dir();
die "no programs in $build, which t/run builds\n" if !-x "$build/purser-payouts";
my @files = chosen();

# The largest first, which take longest.  t/fault is not among them: it takes minutes, and what it
# does with weeks is the same as in t/api.
sub chosen {
    chdir top_dir() or die 'chdir ' . top_dir() . ": $!";
    return sort { -s $b <=> -s $a } grep { !$left_out{$_} && slurp($_) =~ $touches }
        glob 't/double/t/*.t t/flow/*.t {t/api,t/sql,t/api/*,t/sql/*}/*.{t,pg}';
}

# Runs the chosen tests under a harness of its own, since PostgreSQL needs the moved clock too.
sub at_turn {
    my ($turn, $lead_s, $zone, @files) = @_;
    my ($year, $month, @rest) = split /\D/, $turn;
    my $from = timegm(reverse(@rest), $month - 1, $year) - $lead_s;
    my $started = time;
    my $run = T::Proc->start(log => temp_dir() . "/run.$from",
        command => [$^X, '-It/lib', '-MT::Harness', '-e', 'exit T::Harness::run(@ARGV)', '--',
            '-j2', $clocks, @files],
        env => { T::Clock->moved($from - $started), TZ => $zone, PURSER_BUILD => $build,
            PURSER_BUILD_PLAIN => $build, CALENDAR_FROM => $from });
    $run->{stop_signal} = '-TERM';    # the tests too, which are in its process group
    is($run->wait, 0, 'calendar: all tests pass while it turns') or diag($run->log_text);
    like($run->log_text, qr/^Files=${\ (@files + 1)}, /m, 'calendar: all chosen tests ran');
    cmp_ok(time - $started, '>', $lead_s, 'calendar: it turned while they ran');
    return;
}

for my $file (map { "t/$_" }
    qw(api/payouts/payout_submit.t double/t/provider.t sql/payouts/payout.pg)) {
    ok(scalar(grep { $_ eq $file } @files), "calendar: $file is among the chosen tests");
}
my $all = ($ENV{PURSER_CALENDAR} // '') eq 'all';
for my $number (0 .. $#turns) {
    my ($name, @turn) = @{ $turns[$number] };
    my @some = @files[grep { $all || $_ % @turns == $number } 0 .. $#files];
    subtest "calendar: $name" => sub { at_turn(@turn, @some) };
}
done_testing;
