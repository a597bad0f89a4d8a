# Protects: a program that cannot accept connections logs it, waits without using the processor,
# and serves again when it can.  A program whose socket can never accept exits, so that its
# supervisor starts it again.
use strict;
use warnings;

use Fcntl qw(F_GETFL F_SETFD F_SETFL O_NONBLOCK);
use IO::Socket::UNIX;
use POSIX qw(sysconf _SC_CLK_TCK);
use Socket qw(SOCK_STREAM);
use Test::More;
use Time::HiRes qw(time);
use T::FastCGI qw(fastcgi);
use T::FastCGIConnection;
use T::Proc qw(build_dir run_quiet slurp spew temp_dir wait_until);
use T::Purser;

my $THREADS = 32;
my $DESCRIPTORS = 20;    # enough for some of the threads
my $CPU_S = 0.3;         # of one second: threads that try again at once take all of it

my $purser = T::Purser->start(programs => ['purser-payments'], conf => { threads => $THREADS });
my $program = $purser->payments;
my $unknown = { method => 'GET', uri => '/unknown' };

# Seconds of processor time that the process has used.
sub cpu_seconds {
    my ($pid) = @_;
    my @fields = split ' ', slurp("/proc/$pid/stat") =~ s/.*\) //sr;
    return ($fields[11] + $fields[12]) / sysconf(_SC_CLK_TCK);
}

# For a second.
sub is_idle {
    my ($pid) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $before = cpu_seconds($pid);
    select undef, undef, undef, 1;
    my $used = cpu_seconds($pid) - $before;
    return cmp_ok($used, '<', $CPU_S, "the threads wait ($used s of processor time in a second)");
}

sub log_lines { return scalar(() = $program->log_text =~ /msg="cannot accept a connection"/g) }

# The kept connections of which each has a thread of its own.
sub every_thread_serves {
    my ($when) = @_;
    my @connections = map { T::FastCGIConnection->open($program->socket) } 1 .. $THREADS;
    my @answers = grep { $_ } map { $_->ask($unknown) } @connections;
    is(scalar(grep { $_->{status} == 404 } @answers), $THREADS,
        "$when every thread serves a connection");
    return @connections;
}

# A thread that waits in accept() has its descriptor already.  Its next accept(), after a request,
# fails when no descriptor is left below the limit.
subtest 'no descriptor is left' => sub {
    my @first = every_thread_serves('at the start');
    my $start = time;
    run_quiet({}, 'prlimit', '--pid', $program->pid, "--nofile=$DESCRIPTORS:");
    $_->finish for @first;
    my @held = map { T::FastCGIConnection->open($program->socket) } 1 .. $THREADS;
    wait_until(20, 'the log says that connections are not accepted', \&log_lines);
    is_idle($program->pid);
    my ($lines, $seconds) = (log_lines(), time - $start);
    cmp_ok($lines, '<=', $seconds + 2,
        sprintf 'the log has a line a second at most: %d in %.1f s', $lines, $seconds)
        or diag $program->log_text;
    $_->finish for @held;
    is($program->request($unknown)->{status}, 404,
        'the program serves when the connections are closed');
    run_quiet({}, 'prlimit', '--pid', $program->pid, '--nofile=1024:');
    $_->finish for every_thread_serves('with a higher limit');
};

# A program with that socket from its supervisor, as systemd hands it over.
my $count = 0;

sub with_socket {
    my ($socket) = @_;
    my $dir = temp_dir('supervised' . ++$count);
    # secrets are named relative to the configuration's directory
    my $conf = "$program->{conf_file}.$count";
    my $text = slurp($program->{conf_file}) =~ s/^instance *=.*\n//mr;
    spew($conf, $text . "instance = supervised$count\n");
    return T::Proc->start(command => ['purser-payments'], log => "$dir/log", code => sub {
        POSIX::dup2(fileno $socket, 3) if fileno $socket != 3;
        open my $third, '<&=', 3 or die "descriptor 3: $!";
        fcntl $third, F_SETFD, 0 or die "descriptor 3: $!";
        local @ENV{qw(LISTEN_PID LISTEN_FDS)} = ($$, 1);
        exec build_dir() . '/purser-payments', '--conf', $conf,
            '--socket-upstream', "$dir/upstream.sock" or die "exec: $!";
    });
}

subtest 'a socket that does not block' => sub {
    my $path = temp_dir() . '/nonblocking.sock';
    my $socket = IO::Socket::UNIX->new(Local => $path, Listen => 16) or die "$path: $!";
    fcntl $socket, F_SETFL, fcntl($socket, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!";
    my $supervised = with_socket($socket);
    is(fastcgi($path, $unknown)->{status}, 404, 'the connections of the socket are served');
    is_idle($supervised->pid);
    is($supervised->stop, 0, 'the program exits with 0');
};

subtest 'a socket that does not listen' => sub {
    my $path = temp_dir() . '/deaf.sock';
    my $socket = IO::Socket::UNIX->new(Local => $path, Type => SOCK_STREAM) or die "$path: $!";
    my $supervised = with_socket($socket);
    wait_until(20, 'the program ends', sub { !$supervised->alive });
    isnt($supervised->wait, 0, 'the program ends with an error');
    like($supervised->log_text, qr/cannot accept connections: /,
        'the log says why the program ends');
};

done_testing;
