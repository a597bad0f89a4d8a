# Protects: a database whose connections carry no more bytes delays a request no longer than the
# statement timeout and a second, at whatever point that begins, and two seconds after its end
# requests succeed again.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);
use T::Events qw(event delivery);
use T::FastCGI qw(fastcgi_many);
use T::PostgresProxy;
use T::Purser;

# Statement 1 s, grace 1 s, and what a busy machine adds.
my $timeout_ms = 1000;
my $answered_s = 3.5;
my $recovered_s = 2;
my $give_up_s = 12;

my $purser = T::Purser->start(programs => [], conf => { database_timeout_ms => $timeout_ms });
my $proxy = T::PostgresProxy->start($purser->postgres);
my @programs = qw(purser-payments purser-webhooks);
for (@programs) {
    my $conninfo = $proxy->conninfo($purser->{database}, T::Purser::login_of($_));
    $purser->start_program($_, conf => { database => $conninfo });
}

my @requests = (
    { name => 'lists', program => 'purser-payments',
        calls => sub {
            my $uri = '/v2/payments/prop-accounts';
            map { $purser->api($_)->request_of(GET => $uri) } (0, 1) x 8 } },
    { name => 'free accounts', program => 'purser-payments', calls => sub {
        map { $purser->api->request_of(POST => '/v2/payments/free',
            { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 },
            'Idempotency-Key' => "silent-$_-" . time) } 1 .. 8 } },
    { name => 'events', program => 'purser-webhooks', calls => sub {
        map { delivery(event('payment_intent.created',
            { id => "pi_$_", object => 'payment_intent' })) } 1 .. 8 } },
);

sub slowest { my ($most) = sort { $b <=> $a } map { $_->{seconds} // 999 } @_; return $most }

sub of_status {
    my ($status, @answers) = @_;
    return scalar grep { $_->{status} == $status } @answers;
}

# Each case begins with a new process of the program.
sub fresh {
    my ($name) = @_;
    my $program = $purser->program($name);
    $program->kill_hard;
    return $program->run;
}

sub ask { my ($socket, @calls) = @_; return fastcgi_many($socket, [@calls], $give_up_s) }

my %silences = (
    mute => 'a server that accepts connections and says nothing',
    login => 'a server that falls silent after the login',
    stall => 'a server that falls silent in the middle of an answer',
);

for my $mode (sort keys %silences) {
    for my $request (@requests) {
        subtest "silent database: $silences{$mode}: $request->{name}" => sub {
            my ($program, $calls) = @$request{qw(program calls)};
            my $socket = fresh($program)->socket;
            is(of_status(200, ask($socket, $calls->())), 0 + $calls->(),
                'all requests succeed before the silence');
            $proxy->be($mode);
            for my $round ('the first', 'those that come later') {
                my @calls = $calls->();
                my @answers = ask($socket, @calls);
                is(of_status(503, @answers), scalar @calls,
                    "round $round: each request is answered by 503");
                cmp_ok(slowest(@answers), '<', $answered_s,
                    sprintf '%s: the slowest answer comes after %.1f s', $round, slowest(@answers));
            }
            $proxy->be('forward');
            my $since = time;
            my ($once) = $calls->();
            sleep 0.05 until (ask($socket, $once))[0]{status} == 200
                || time > $since + $recovered_s;
            cmp_ok(time - $since, '<', $recovered_s,
                sprintf 'a request succeeds %.1f s after the silence', time - $since);
            is(of_status(200, ask($socket, $calls->())), 0 + $calls->(),
                'all requests succeed after the silence');
        };
    }
}

done_testing;
