# Protects: the reports to the service manager (sd_notify).  A program reports that it is ready and
# that it stops; its watchdog reports cease when its threads hang, and not when the database is
# down.

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

# A request of each program takes at most database_timeout_ms + 1000; where it calls upstream also
# validator_request_timeout_ms, stripe_deadline_ms and a second for each of the two statements that
# close it.  The manager's time is shorter than twice that: programs have it extended.
my $watchdog_ms = 400;
my %longest_ms = ('purser-payments' => 7000, 'purser-webhooks' => 1500);
my $threads = 4;
my $purser = T::Purser->start(durable => 1, programs => [], conf => { database_timeout_ms => 500,
    stripe_timeout_ms => 2000, stripe_deadline_ms => 2000, validator_request_timeout_ms => 1500,
    threads => $threads, nginx_connections => 1, threads_upstream => $threads });
my $path = "$purser->{dir}/notify";
my $manager = IO::Socket::UNIX->new(Local => $path, Type => SOCK_DGRAM) or die "$path: $!";
my %env = (NOTIFY_SOCKET => $path, WATCHDOG_USEC => $watchdog_ms * 1000);

my $allowed_s = $watchdog_ms / 1000;    # without a report

# The next message within the seconds, undef = none came.
sub message {
    my ($seconds) = @_;
    return if !IO::Select->new($manager)->can_read($seconds);
    $manager->recv(my $text, 4096);
    $allowed_s = $1 / 1_000_000 if $text =~ /^WATCHDOG_USEC=(\d+)$/;
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

my $limit_s = 2 * $longest_ms{'purser-payments'} / 1000;
my $pause_s = $limit_s / 4;    # between two reports

# Reads reports until none came for the manager's time; returns how long that took, undef = too
# long.
sub killed_after {
    my $start = time;
    while (time < $start + 3 * $limit_s) {
        return time - $start if !defined message($limit_s);
    }
    return;
}

# The longest time without a report until the code returns true.
sub longest_silence {
    my ($ended) = @_;
    my ($longest, $last) = (0, time);
    while (!$ended->()) {
        my $text = message(0.05);
        my $silence = time - $last;
        $longest = $silence if $silence > $longest;
        $last = time if ($text // '') eq 'WATCHDOG=1';
    }
    return $longest;
}

for my $program (qw(purser-payments purser-webhooks purser-jobs)) {
    $purser->start_program($program, env => {%env});
    is(message(20), 'READY=1', "$program: the first message says that it is ready");
    my $longest_ms = $longest_ms{$program};
    like(message(20), qr/^WATCHDOG_USEC=@{[ 2 * $longest_ms ]}000$/,
        "$program: the manager's time becomes twice the longest request") if $longest_ms;
    receives('WATCHDOG=1', "$program reports to the watchdog");
    $purser->program($program)->signal('TERM');
    receives('STOPPING=1', "$program says that it stops");
    $purser->program($program)->wait;
    forget();
}

# Without an extension of the manager's time where twice the longest request fits into it.
$purser->start_program('purser-webhooks', env => { %env, WATCHDOG_USEC => 3_000_000 });
is(message(20), 'READY=1', 'a watchdog with enough time: the program is ready');
is(message(20), 'WATCHDOG=1', 'a watchdog with enough time: the time is left as it is');
unlike($purser->webhooks->log_text =~ s/.*msg="stopped"//sr, qr/waits longer/,
    'a watchdog with enough time: the log has no extension');
$purser->webhooks->stop;
forget();

# libfcgi keeps a thread for every open connection: as many connections as threads leave none.
my $program = $purser->start_program('purser-payments', env => {%env});
like($program->log_text, qr/level=warn .*waits longer.*ms=@{[ 1000 * $limit_s ]}\b/,
    'an extension of the watchdog is logged');
for my $listener (qw(socket socket_upstream)) {
    my @parked = map { IO::Socket::UNIX->new(Peer => $program->$listener) || die "connect: $!" }
        1 .. $threads;
    my $seconds = killed_after();
    cmp_ok($seconds // 'inf', '<=', $limit_s + $pause_s + 1,
        "$listener: no report comes while every thread hangs, from the next one on");
    ok($program->alive, "$listener: the process lives while every thread hangs");
    close $_ for @parked;
    receives('WATCHDOG=1', "$listener: a report comes when the threads are free");
}

# Both listeners are overloaded: on one every request waits for a lock until the statement timeout,
# on the other for Stripe until the deadline.  The watchdog's own request is the last of the queue.
my $lock = $purser->postgres->dbh($purser->{database});
$lock->begin_work;
$lock->do('lock table payments.tier');
$purser->double->faults({ match => 'POST /v1/payment_intents', do => 'hang', times => 1000 });
my $api = $purser->api;
my $free = $api->request_of(POST => '/v2/payments/free',
    { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 });
my $checkout = $api->request_of(POST => '/v2/payments/checkout', $purser->checkout_body);

sub overload {
    my ($socket, $rounds, $request) = @_;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    T::FastCGI::fastcgi_many($socket, [($request) x ($rounds * $threads)], 60);
    POSIX::_exit(0);
}

forget();
receives('WATCHDOG=1', 'before the load the program reports');
select undef, undef, undef, 0.8 * $pause_s;    # shortly before the next look
my %load = map { ($_ => 1) } overload($program->socket, 8, $free),
    overload($program->socket_upstream, 4, $checkout);
my $silence = longest_silence(sub {
    delete @load{ grep { waitpid($_, WNOHANG) } keys %load };
    return !%load;
});
cmp_ok($silence, '<', $allowed_s,
    sprintf 'both listeners overloaded: %.1f s without a report at most', $silence);
$lock->rollback;
$purser->double->no_faults;

$purser->start_program('purser-jobs', env => {%env});
$purser->postgres->stop('immediate');
forget();
for my $program (qw(purser-payments purser-jobs)) {
    my ($other) = grep { $_ ne $program } qw(purser-payments purser-jobs);
    $purser->program($other)->signal('STOP');
    forget();
    receives('WATCHDOG=1', "$program: reports go on without a database");
    $purser->program($other)->signal('CONT');
}
$purser->postgres->start;

done_testing;
