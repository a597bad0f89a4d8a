# Protects: the moved clock of t/flow/calendar.t.  All of its processes have the same time: this
# test, PostgreSQL, the double, a program, nginx.  Run by t/flow/calendar.t only.
use strict;
use warnings;

use Test::More;
use Time::Local qw(timegm);
use T::Purser;

# The real time is months or years from the moved one; a slow machine is not that slow.
my $longest_s = 900;
my %month;
@month{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 0 .. 11;

my $purser = T::Purser->start(programs => ['purser-payouts']);
my ($year, $month, $day, $hour, $minute, $second) = $purser->payouts->log_text
    =~ /^ts=(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/m or die 'no time in the log';
my $health = $purser->nginx->http->request({ method => 'GET', uri => '/health' });
my @date = $health->{headers}{date} =~ /(\d+) (\w{3}) (\d+) (\d+):(\d+):(\d+) GMT/
    or die "no Date: $health->{headers}{date}";
my %clock = (
    'this test' => time,
    'PostgreSQL' => $purser->value('select floor(extract(epoch from clock_timestamp()))'),
    'the double' => $purser->double->control(GET => '/_double/clock')->{now},
    'purser-payouts' => timegm($second, $minute, $hour, $day, $month - 1, $year),
    'nginx' => timegm(@date[5, 4, 3, 0], $month{ $date[1] }, $date[2]),
);
for my $name (sort keys %clock) {
    my $passed_s = $clock{$name} - $ENV{CALENDAR_FROM};
    ok($passed_s >= 0 && $passed_s < $longest_s, "$name has the moved clock") or diag($passed_s);
}

# A database whose timeouts never come would let a deadlock hang until the program gives up.
my $started = time;
$purser->dbh->do('set statement_timeout = 100');
is(eval { $purser->value('select pg_sleep(30)'); 1 }, undef, 'PostgreSQL has its timeouts');
cmp_ok(time - $started, '<', 20, "PostgreSQL's timeouts are short");
done_testing;
