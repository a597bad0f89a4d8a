# Protects: graceful shutdown.  SIGTERM ends a program cleanly in each of its states: it answers the
# running requests, its successor serves the next ones, and a socket of the supervisor stays open.
use strict;
use warnings;

use IO::Socket::UNIX;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status json_of);
use T::FastCGI;
use T::FastCGIConnection;
use T::KeptClients qw(serve_clients http_text);
use T::Proc qw(build_dir);
use T::Purser;

my $THREADS = 64;
my $purser = T::Purser->start(programs => [qw(purser-webhooks purser-payments)],
    conf => { threads => $THREADS, threads_upstream => $THREADS, stripe_timeout_ms => 8000,
        stripe_deadline_ms => 9000 });
my $api = $purser->api;
my $checkout = '/v2/payments/checkout';

# The exit status and how long it took.
sub ended {
    my ($program) = @_;
    my $start = time;
    $program->stop('TERM', 14);
    my $seconds = time - $start;
    is($program->wait, 0, 'the program exits with 0');
    return cmp_ok($seconds, '<', 10, sprintf 'the program ends in time, after %.2f s', $seconds);
}

# A connection that the program keeps, as nginx does: one request is answered on it.
sub parked {
    my ($path) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!";
    my $request = T::FastCGI::encode($api->request_of(GET => '/health'));
    substr $request, 10, 1, "\1";    # FCGI_KEEP_CONN
    $socket->syswrite($request);
    my $answer = '';
    while ($answer !~ /"ok"/) {
        $socket->sysread($answer, 65_536, length $answer) or die 'no answer on a kept connection';
    }
    return $socket;
}

# Sends requests from a process of its own, which returns the statuses of the answers at its end.
sub in_flight {
    my (@calls) = @_;
    pipe my $from, my $to or die "pipe: $!";
    my $process = T::Proc->start(log => "$purser->{dir}/clients", command => ['clients'],
        code => sub {
        my @answers = $api->parallel(@calls);
        print {$to} map { "$_->{status} $_->{body}\n" } @answers;
        close $to;
    });
    close $to;
    return sub { my @lines = <$from>; $process->wait; chomp @lines; return @lines };
}

# A client that sends one request after the other until that time; its answers by status.
sub loaded {
    my ($until, @request) = @_;
    pipe my $from, my $to or die "pipe: $!";
    my $process = T::Proc->start(log => "$purser->{dir}/clients", command => ['client'],
        code => sub {
        my %count;
        serve_clients(port => $purser->nginx->{port}, connections => 2, seconds => $until - time,
            request => sub { http_text($api->request_of(@request)) },
            answer => sub { $count{ $_[0] }++; return 1 });
        print {$to} map { "$_ $count{$_}\n" } keys %count;
        close $to;
    });
    close $to;
    return sub { my @lines = <$from>; $process->wait; return @lines };
}

sub asked { return scalar(() = $purser->double->calls(POST => '/v1/payment_intents')) }

sub slow_checkouts {
    my ($count, $ms) = @_;
    $purser->double->faults({ match => 'POST /v1/payment_intents', do => 'delay', delay_ms => $ms,
        times => $count });
    my $before = $purser->value('select count(*) from payments.payment');
    my $answers = in_flight(map { ['POST', $checkout, $purser->checkout_body] } 1 .. $count);
    $purser->wait_for('all are under way',
        sub { $purser->value('select count(*) from payments.payment') == $before + $count });
    return $answers;
}

subtest 'a program that is idle' => sub { ended($purser->payments) };

subtest 'programs that are idle after work' => sub {
    $purser->start_program('purser-payments');
    is_status($_, 200) for $api->parallel(map { ['GET', '/v2/payments/prop-accounts'] } 1 .. 100);
    ended($purser->payments);
    ended($purser->webhooks);
};

subtest "a program with all $THREADS threads parked on kept connections" => sub {
    $purser->start_program('purser-payments');
    my @kept = map { parked($purser->payments->socket) } 1 .. $THREADS;
    is(scalar @kept, $THREADS, 'every kept connection is answered once');
    ended($purser->payments);
};

subtest 'a program that is busy in slow calls of Stripe' => sub {
    $purser->start_program('purser-payments');
    my @kept = map { parked($purser->payments->socket) } 1 .. 8;
    my $answers = slow_checkouts(40, 2500);
    my $old = $purser->payments;
    $old->signal('TERM');
    # The successor starts while the old program finishes its requests.
    $purser->start_program('purser-payments');
    ok($old->alive, 'the old program is still at work');
    is_status($api->GET('/v2/payments/prop-accounts'), 200,
        'the new program serves the main socket');
    is_status($api->POST($checkout, $purser->checkout_body), 200,
        'the new program serves the upstream socket');
    ended($old);
    my @lines = $answers->();
    is(scalar(grep { /^200 .*client_secret/ } @lines), 40, 'all 40 running requests are answered');
    is(asked(), $purser->value('select count(*) from payments.payment'),
        'Stripe was asked once for each payment');
    like($old->log_text, qr/msg="stopped"\n/, 'the old program logs that it stopped');
};

# nginx uses a kept connection until it finds that the program has closed it.
subtest 'a request that comes on a kept connection' => sub {
    $purser->start_program('purser-payments');
    my $kept = T::FastCGIConnection->open($purser->payments->socket);
    my $request = $api->request_of(GET => '/v2/payments/prop-accounts');
    is_status($kept->ask($request), 200, 'the first request is answered');
    $purser->payments->signal('TERM');
    select undef, undef, undef, 0.1;
    is(($kept->ask($request) // {})->{status}, 200, 'a request shortly after the stop is answered');
    is($kept->receive, undef, 'the connection is closed after the answer');
    $kept->finish;
    ended($purser->payments);
};

# The program has read a part of the request when it gets SIGTERM.
subtest 'a request that is on its way' => sub {
    $purser->start_program('purser-payments');
    my $path = $purser->payments->socket;
    my ($new, $kept) = map { T::FastCGIConnection->open($path) } 1, 2;
    my $request = $api->request_of(GET => '/v2/payments/prop-accounts');
    is_status($kept->ask($request), 200, 'a kept connection: its first request is answered');
    my $bytes = T::FastCGI::encode($request, keep => 1);
    $_->send_bytes(substr $bytes, 0, 40) for $new, $kept;
    select undef, undef, undef, 0.2;
    $purser->payments->signal('TERM');
    select undef, undef, undef, 0.3;
    $_->send_bytes(substr $bytes, 40) for $new, $kept;
    is(($new->receive // {})->{status}, 200, 'the first request of a connection is answered');
    is(($kept->receive // {})->{status}, 200, 'the next request of a kept connection is answered');
    my @more = map { $_->finish } $new, $kept;
    is(scalar @more, 0, 'both connections are closed');
    ended($purser->payments);
};

subtest 'a call that is slower than the drain' => sub {
    $purser->start_program('purser-payments');
    my $answers = slow_checkouts(1, 20_000);    # the program gives up after 9 s
    ended($purser->payments);
    $answers->();
    pass('the client waits no longer than the program');
    $purser->double->no_faults;
};

subtest 'a purser-jobs that is idle' => sub {
    $purser->start_program('purser-jobs');
    ended($purser->jobs);
};

# Socket activation as systemd does it: the sockets are the descriptors 3 and 4 of the program, and
# the test keeps them open.  Returns code that starts a program on them.
sub activation {
    my %socket;
    local $^F = 64;    # no close-on-exec
    for my $name (qw(payments payments-upstream)) {
        unlink "$purser->{dir}/$name.sock";
        $socket{$name} = IO::Socket::UNIX->new(Local => "$purser->{dir}/$name.sock", Listen => 128)
            or die "$name: $!";
        chmod 0666, "$purser->{dir}/$name.sock";
    }
    return sub {
        return T::Proc->start(log => "$purser->{dir}/activated.log", command => ['activated'],
            code => sub {
            my @fds = map { POSIX::dup(fileno $_) } @socket{qw(payments payments-upstream)};
            @fds = map { POSIX::dup2($_, 60 + $_) } @fds;
            POSIX::dup2($fds[$_], 3 + $_) for 0, 1;
            exec 'sh', '-c', 'LISTEN_FDS=2 LISTEN_PID=$$ exec "$0" --conf "$1"',
                build_dir() . '/purser-payments', "$purser->{dir}/payments.conf";
        });
    };
}

sub inodes { return [map { (stat "$purser->{dir}/$_.sock")[1] } qw(payments payments-upstream)] }

subtest 'socket activation' => sub {
    my $start = activation();
    my $inodes = inodes();
    my $first = $start->();
    is_status($api->GET('/v2/payments/prop-accounts'), 200, 'the given main socket is served');
    is_status($api->POST($checkout, $purser->checkout_body), 200,
        'the given upstream socket is served');
    my $running = slow_checkouts(20, 1500);
    $first->signal('TERM');
    my $waiting = in_flight(map { ['GET', '/v2/payments/prop-accounts'],
        ['POST', $checkout, $purser->checkout_body] } 1 .. 20);
    is($first->wait, 0, 'the first program exits with 0');
    is(scalar(grep { /^200/ } $running->()), 20,
        'every running request is answered by the first program');
    my $second = $start->();
    my @late = $waiting->();
    is(scalar(grep { /^200/ } @late), 40,
        'every request that came meanwhile is answered by the successor')
        or diag join "\n", grep { !/^200/ } @late;
    is_deeply(inodes(), $inodes, 'the sockets are still the same');
    is($second->stop('TERM', 12), 0, 'the successor exits with 0');
};

# nginx opens a connection for each request that writes or calls upstream; a read comes on a kept
# one, which may be closed at the moment in which nginx sends, and is sent again.
subtest 'restarts under load' => sub {
    my $start = activation();
    my $program = $start->();
    my $until = time + 8;
    my %wrong = (tier_id => 'x' x 30_000);
    my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
    my $accounts = sub { $purser->value('select count(*) from payments.prop_account') };
    my $before = $accounts->();
    my @kinds = ([422, POST => $checkout, \%wrong], [200, GET => '/v2/payments/tiers'],
        [200, POST => '/v2/payments/free', \%free]);
    my @clients = map { my (undef, @request) = @$_; map { loaded($until, @request) } 1, 2 } @kinds;
    my $restarts = 0;
    while (time < $until) {
        select undef, undef, undef, 0.2;
        is_status($api->POST($checkout, \%wrong), 422, 'the program serves');
        is($program->stop('TERM', 12), 0, 'the program exits with 0');
        $program = $start->();
        $restarts++;
    }
    for (@kinds) {
        my ($expected, @request) = @$_;
        my %count;
        for (map { $_->() } splice @clients, 0, 2) {
            my ($status, $n) = split;
            $count{$status} += $n;
        }
        is_deeply([sort keys %count], [$expected],
            "$request[0] $request[1]: every request got its answer") or diag explain \%count;
        next if $request[1] !~ /free/;
        # Of each of the four connections one request may be left when its client ends.
        my $more = $accounts->() - $before - $count{200};
        ok($more >= 0 && $more <= 4, "$request[0] $request[1]: each took effect once, $more more");
    }
    cmp_ok($restarts, '>', 1, 'the program was restarted several times');
    is_status($api->POST($checkout, \%wrong), 422, 'the last program serves');
    is($program->stop('TERM', 12), 0, 'the last program exits with 0');
};

done_testing;
