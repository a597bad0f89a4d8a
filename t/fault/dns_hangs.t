# Protects: a name server that does not answer delays a request no longer than its call may take,
# and no start and no end of a program; what calls nothing goes on.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::FastCGI qw(fastcgi fastcgi_many);
use T::Proc qw(plain_dir build_dir);
use T::Purser;

my $deadline_s = 1;
my $margin_s = 1.5;
my $give_up_s = 12;

my $purser = T::Purser->start(build => plain_dir);
my ($checkout, $account) = $purser->buy;
$purser->payments->stop;
my $program = $purser->start_program('purser-payments', conf => {
    stripe_api_base => 'https://slow.test', validator_base => 'https://slow.test',
    stripe_timeout_ms => 1000 * $deadline_s, stripe_deadline_ms => 1000 * $deadline_s,
    validator_request_timeout_ms => 1000 * $deadline_s },
    env => { LD_PRELOAD => build_dir() . '/t/fault/lib/slow_dns.so' });

# A request that asks the validator, and is answered by what is stored when that does not answer.
sub sync { return $purser->api->request_of(POST => "/v2/lifecycle/sync/$account->{id}", {}) }

subtest 'DNS hangs: one request' => sub {
    my $answer = fastcgi($program->socket_upstream, sync(), $give_up_s);
    is_status($answer, 200, 'the request is answered by what is stored');
    cmp_ok($answer->{seconds} // 999, '<', $deadline_s + $margin_s,
        sprintf 'the answer comes within the deadline of %d s (%.1f s)', $deadline_s,
        $answer->{seconds} // 999);
};

subtest 'DNS hangs: twelve requests, and again by the same threads' => sub {
    for my $round (1 .. 2) {
        my @answers = fastcgi_many($program->socket_upstream, [map { sync() } 1 .. 12],
            $give_up_s);
        is(scalar(grep { $_->{status} == 200 } @answers), 12,
            "round $round: each request is answered by what is stored");
        my ($slowest) = sort { $b <=> $a } map { $_->{seconds} // 999 } @answers;
        cmp_ok($slowest, '<', $deadline_s + $margin_s,
            sprintf 'round %d: the answers come within the deadline of %d s (%.1f s)', $round,
            $deadline_s,
                $slowest);
    }
};

subtest "DNS hangs: Stripe's address" => sub {
    my $answer = fastcgi($program->socket_upstream, $purser->api->request_of(POST =>
        '/v2/payments/checkout', $purser->checkout_body), $give_up_s);
    is_problem($answer, 503, 'V2_UNAVAILABLE', 'a checkout waits for a confirmed key');
    is_status($purser->api->GET('/v2/payments/prop-accounts'), 200, 'accounts are read');
};

subtest 'DNS hangs: the program stops while names are being looked up' => sub {
    $program->stop('TERM', 10);
    is($program->{process}{status}, 0, 'the program ends by itself, without an error');
};

done_testing;
