# Protects: a frozen backend of PostgreSQL delays only the requests on its connection, and these no
# longer than the statement timeout and a second, also when a request is too large for the socket.
use strict;
use warnings;

use Test::More;
use T::Backends qw(backends freeze thaw);
use T::Events qw(event delivery);
use T::FastCGI qw(fastcgi_many);
use T::Purser;

# Statement 1 s, grace 1 s; a request that waited for a frozen backend may get one a second time.
my $timeout_ms = 1000;
my $answered_s = 3.5;
my $prompt_s = 1;
my $give_up_s = 12;
sub ask { my ($socket, @calls) = @_; return fastcgi_many($socket, [@calls], $give_up_s) }

my $purser = T::Purser->start(programs => [qw(purser-payments purser-webhooks)],
    conf => { database_timeout_ms => $timeout_ms });

sub slowest { my ($most) = sort { $b <=> $a } map { $_->{seconds} // 999 } @_; return $most }

sub of_status {
    my ($status, @answers) = @_;
    return scalar grep { $_->{status} == $status } @answers;
}

# Every request is answered in time, by 200 or by 503.
sub is_answered {
    my ($name, $count, @answers) = @_;
    is(of_status(200, @answers) + of_status(503, @answers), $count,
        "$name: each of $count is answered by 200 or 503");
    cmp_ok(slowest(@answers), '<', $answered_s,
        sprintf '%s: the slowest answer comes after %.1f s', $name, slowest(@answers));
    return;
}

sub events {
    my ($count, $bytes) = @_;
    return map {
        delivery(event('payment_intent.created',
            { id => "pi_$_", object => 'payment_intent', description => 'x' x $bytes }))
    } 1 .. $count;
}

for my $bytes (100, 250_000) {
    subtest "webhooks: events of $bytes bytes and a frozen backend" => sub {
        my $socket = $purser->webhooks->socket;
        is(of_status(200, ask($socket, events(1, 100))), 1, 'an event is taken before the freeze');
        my @pids = backends($purser, 'purser-webhooks');
        freeze(@pids);
        is_answered('while all open connections are frozen', 8, ask($socket, events(8, $bytes)));
        my @after = ask($socket, events(8, $bytes));
        is(of_status(200, @after), 8, 'later events are stored');
        cmp_ok(slowest(@after), '<', $prompt_s,
            sprintf 'later events are stored promptly (%.2f s)', slowest(@after));
        thaw(@pids);
    };
}

subtest 'payments: lists and a frozen backend' => sub {
    my $socket = $purser->payments->socket;
    my $uri = '/v2/payments/prop-accounts';
    my @lists = (map { $purser->api($_)->request_of(GET => $uri) } 0, 1) x 20;
    is(of_status(200, ask($socket, @lists)), 40, 'all lists are answered before the freeze');
    my @pids = backends($purser, 'purser-payments');
    freeze(@pids);
    is_answered('while all open connections are frozen', 40, ask($socket, @lists));
    my @after = ask($socket, @lists);
    is_answered('lists that come later', 40, @after);
    thaw(@pids);
    $purser->wait_for('the program has a connection',
        sub { of_status(200, ask($socket, $lists[0])) });
    is(of_status(200, ask($socket, @lists)), 40, 'all lists are answered when the backends go on');
};

done_testing;
