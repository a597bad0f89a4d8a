package Bench::Clients;

# Load that wrk cannot make: the number of answers that each connection got, and readers beside many
# clients that wait for Stripe.

use strict;
use warnings;

use Exporter qw(import);
use IO::Poll qw(POLLIN);
use IO::Socket::INET;
use JSON::PP qw(encode_json);
use POSIX ();
use Time::HiRes qw(time sleep);
use T::Proc;

our @EXPORT_OK = qw(starve burst distant_stripe while_buying);

# One request after the other on each of $count kept connections; answers by connection.
sub _rounds {
    my ($port, $request, $count, $seconds) = @_;
    my $poll = IO::Poll->new;
    my (%answers, %left, %buffer);
    for (1 .. $count) {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port)
            or die "connect: $!";
        $socket->blocking(0);
        $poll->mask($socket => POLLIN);
        $answers{ fileno $socket } = 0;
        syswrite $socket, $request;
    }
    my $until = time + $seconds;
    while (time < $until) {
        $poll->poll(0.1);
        for my $socket ($poll->handles(POLLIN)) {
            my $n = fileno $socket;
            my $got = sysread $socket, $buffer{$n}, 65_536, length($buffer{$n} // '');
            next if !defined $got;
            if ($got == 0) { $poll->remove($socket); next }
            while ($buffer{$n} =~ /\r\n\r\n/) {
                my $head = $+[0];
                my ($length) = substr($buffer{$n}, 0, $head) =~ /^Content-Length: (\d+)/mi;
                last if length $buffer{$n} < $head + $length;
                substr $buffer{$n}, 0, $head + $length, '';
                $answers{$n}++;
                syswrite $socket, $request;
            }
        }
    }
    return values %answers;
}

sub starve {
    my ($purser, $count, $auth, $seconds) = @_;
    my $request = join "\r\n", 'GET /v2/payments/prop-accounts?limit=1 HTTP/1.1', 'Host: localhost',
        @$auth, '', '';
    my @answers = sort { $a <=> $b } _rounds($purser->nginx->{port}, $request, $count, $seconds);
    my $sum = 0;
    $sum += $_ for @answers;
    printf "\nstarve: %d connections for %d s: %d answers; "
        . "by connection least %d, median %d, most %d; %d without any\n",
        $count, $seconds, $sum, $answers[0], $answers[$#answers / 2], $answers[-1],
        scalar grep { !$_ } @answers;
    return;
}

# A stub of Stripe that makes PaymentIntents after a pause and uses hardly any processor time, since
# the real Stripe runs elsewhere; the double would use the processors that are measured.  It has a
# process for each connection, which ends with it.
sub _distant_stripe {
    my ($port, $delay_s) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port,
        Listen => 256, ReuseAddr => 1)
        or die "listen: $!";
    local $SIG{CHLD} = 'IGNORE';
    while (my $client = $listener->accept) {
        my $pid = fork // die "fork: $!";
        next if $pid;
        close $listener;
        while (my $metadata = _read_call($client)) {
            my $body = '{"id":"pi_' . substr($metadata->{purser_object}, 4)
                . '","object":"payment_intent","amount":19900,"currency":"usd",'
                . '"status":"requires_payment_method","client_secret":"s","livemode":false,'
                . '"metadata":' . encode_json($metadata) . '}';
            sleep $delay_s;
            syswrite $client,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                . length($body) . "\r\n\r\n$body";
        }
        POSIX::_exit(0);
    }
    return;
}

# Starts one; (process, port).
sub distant_stripe {
    my ($purser, $delay_s) = @_;
    my $port = T::Proc::free_port();
    return (T::Proc->start(log => "$purser->{dir}/distant_stripe", command => ['stripe'],
        code => sub { _distant_stripe($port, $delay_s) }), $port);
}

# The metadata that a call sends; undef when the connection ends.
sub _read_call {
    my ($client) = @_;
    my $request = '';
    while ($client->sysread($request, 65_536, length $request)) {
        next if $request !~ /\r\n\r\n/;
        my $head = $+[0];
        my ($length) = $request =~ /^Content-Length: (\d+)/mi;
        next if length $request < $head + $length;
        return { substr($request, $head) =~ /\bmetadata\[(\w+)\]=([\w-]*)/g };
    }
    return;
}

# Reads while 128 clients buy and Stripe takes 300 ms for each: with as many readers as fill both
# processors, where every checkout costs them something, and with few, where they could only wait
# for a thread or a connection.
sub burst {
    my ($purser, $auth, $load, $seconds, $clients) = @_;
    my ($stripe, $port) = distant_stripe($purser, 0.3);
    $purser->payments->stop;
    $purser->start_program('purser-payments',
        conf => { stripe_api_base => "http://127.0.0.1:$port" });
    for my $readers ($clients, 2) {
        my (@alone, @beside, $checkouts);
        for (1 .. 3) {
            push @alone, $load->('list', $purser->nginx->base, $readers)->{rate};
            my $told = while_buying($purser, $auth, $seconds + 1, sub {
                select undef, undef, undef, 0.5;
                push @beside, $load->('list', $purser->nginx->base, $readers)->{rate};
            });
            ($checkouts) = $told =~ m{Requests/sec:\s+(\d+)};
        }
        my ($a, $b) = map { (sort { $a <=> $b } @$_)[1] } \@alone, \@beside;
        printf "\nburst: %d readers alone %.0f lists/s, beside 128 checkouts at a time "
            . "and a 300 ms Stripe (%d checkouts/s) %.0f: %.0f %% of it\n",
            $readers, $a, $checkouts, $b, 100 * $b / $a;
    }
    $stripe->stop;
    return;
}

# The output of wrk with 128 clients that buy without a pause.
sub while_buying {
    my ($purser, $auth, $seconds, $meanwhile) = @_;
    my $body = '{"tier_id":"tier_25k","market":"crypto","asset_class":"crypto",'
        . '"account_size":25000,"amount_cents":19900}';
    my ($lua, $out) = map { "$purser->{dir}/$_" } 'checkout.lua', 'checkouts';
    T::Proc::spew($lua, "wrk.method = 'POST'\n"
        . "wrk.headers['Content-Type'] = 'application/json'\nwrk.body = '$body'\n");
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', $out or die;
        exec 'wrk', '-t1', '-c128', "-d${seconds}s", (map { ('-H', $_) } @$auth), '-s', $lua,
            $purser->nginx->base . '/v2/payments/checkout' or POSIX::_exit(127);
    }
    $meanwhile->();
    waitpid $pid, 0;
    my $told = T::Proc::slurp($out);
    die "checkouts: $told" if $told =~ /Non-2xx|Socket errors/;
    return $told;
}

1;
