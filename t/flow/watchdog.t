# Protects: a program reports to the service manager when it is ready and when it stops, and its
# watchdog reports mean that its threads work: they end when the threads hang, not when the database
# is away.

use strict;
use warnings;

use IO::Select;
use IO::Socket::UNIX;
use POSIX qw(WNOHANG);
use Socket qw(SOCK_DGRAM);
use Test::More;
use Time::HiRes qw(time);
use T::FastCGI;
use T::Purser;

my $watchdog_ms = 400;    # a program reports four times as often
my $threads = 4;
my $purser = T::Purser->start(durable => 1, workers => [], conf => { database_timeout_ms => 500,
    threads => $threads, nginx_connections => 1, threads_outside => 4 });
my $path = "$purser->{dir}/notify";
my $manager = IO::Socket::UNIX->new(Local => $path, Type => SOCK_DGRAM) or die "$path: $!";
my %env = (NOTIFY_SOCKET => $path, WATCHDOG_USEC => $watchdog_ms * 1000);

# The next message within the seconds, undef = none came.
sub message {
    my ($seconds) = @_;
    return if !IO::Select->new($manager)->can_read($seconds);
    $manager->recv(my $text, 4096);
    return $text;
}

# Waits for this message, whatever else comes before it.
sub receives {
    my ($wanted, $name) = @_;
    my $end = time + 20;
    my $got = '';
    $got = message($end - time) // last while $got ne $wanted && time < $end;
    return is($got, $wanted, $name);
}

sub forget { 1 while defined message(0); return }

# Reads until none has come for five of the program's intervals, at most 20 s.
sub falls_silent {
    my ($name) = @_;
    my $end = time + 20;
    while (time < $end) {
        return pass($name) if !defined message(5 * $watchdog_ms / 4000);
    }
    return fail($name);
}

for my $program (qw(purser-payments purser-webhooks purser-jobs)) {
    $purser->start_worker($program, env => {%env});
    is(message(20), 'READY=1', "$program: the first message says that it is ready");
    receives('WATCHDOG=1', "$program: it reports");
    $purser->worker($program)->signal('TERM');
    receives('STOPPING=1', "$program: it says when it stops");
    $purser->worker($program)->wait;
    forget();
}

# libfcgi parks a thread on every open connection: so many of them, and none is left to answer.
my $worker = $purser->start_worker('purser-payments', env => {%env});
for my $lane (qw(socket socket_outside)) {
    my @parked = map { IO::Socket::UNIX->new(Peer => $worker->$lane) || die "connect: $!" } 1 .. $threads;
    falls_silent("$lane: no report while every thread hangs");
    ok($worker->alive, "$lane: though the process lives");
    close $_ for @parked;
    receives('WATCHDOG=1', "$lane: it reports again with the threads free");
}

# A lane that is overloaded answers all the same: one after the other, each slower than the watchdog's
# patience, with a queue in front of the watchdog's own question.
my $lock = $purser->postgres->dbh($purser->{database});
$lock->begin_work;
$lock->do('lock table payments.tier');
my $free = $purser->api->request_of(POST => '/v2/payments/free',
    { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 });
my $pid = fork // die "fork: $!";
if (!$pid) {
    T::FastCGI::fastcgi_many($worker->socket, [($free) x (8 * $threads)], 30);
    POSIX::_exit(0);
}
forget();
receives('WATCHDOG=1', 'a lane with a long queue of slow requests: it reports') for 1 .. 3;
is(waitpid($pid, WNOHANG), 0, '... while the queue is there');
$lock->rollback;
waitpid $pid, 0;

$purser->start_worker('purser-jobs', env => {%env});
$purser->postgres->stop('immediate');
forget();
for my $program (qw(purser-payments purser-jobs)) {
    my ($other) = grep { $_ ne $program } qw(purser-payments purser-jobs);
    $purser->worker($other)->signal('STOP');
    forget();
    receives('WATCHDOG=1', "$program: reports go on without a database");
    $purser->worker($other)->signal('CONT');
}
$purser->postgres->start;

done_testing;
