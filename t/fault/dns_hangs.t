# Protects: a name server that does not answer delays a checkout no longer than the deadline for
# Stripe.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_problem);
use T::FastCGI qw(fastcgi fastcgi_many);
use T::Proc qw(plain_dir build_dir);
use T::Purser;

my $deadline_s = 1;
my $margin_s = 1.5;
my $give_up_s = 12;

my $purser = T::Purser->start(programs => [], build => plain_dir, conf => {
    stripe_api_base => 'https://slow.test', stripe_timeout_ms => 1000 * $deadline_s,
    stripe_deadline_ms => 1000 * $deadline_s });
my $program = $purser->start_program('purser-payments',
    env => { LD_PRELOAD => build_dir() . '/t/fault/lib/slow_dns.so' });

sub checkout {
    return $purser->api->request_of(POST => '/v2/payments/checkout', $purser->checkout_body);
}

subtest 'DNS hangs: one checkout' => sub {
    my $answer = fastcgi($program->socket_upstream, checkout(), $give_up_s);
    is_problem($answer, 502, 'V2_STRIPE_ERROR',
        'the checkout is answered as one that Stripe did not answer');
    cmp_ok($answer->{seconds} // 999, '<', $deadline_s + $margin_s,
        sprintf 'the answer comes within the deadline of %d s (%.1f s)', $deadline_s,
        $answer->{seconds} // 999);
};

subtest 'DNS hangs: twelve checkouts, and again by the same threads' => sub {
    for my $round (1 .. 2) {
        my @answers = fastcgi_many($program->socket_upstream, [map { checkout() } 1 .. 12],
            $give_up_s);
        is(scalar(grep { $_->{status} == 502 } @answers), 12,
            "round $round: each checkout is answered as one that Stripe did not answer");
        my ($slowest) = sort { $b <=> $a } map { $_->{seconds} // 999 } @answers;
        cmp_ok($slowest, '<', $deadline_s + $margin_s,
            sprintf 'round %d: the answers come within the deadline of %d s (%.1f s)', $round,
            $deadline_s,
                $slowest);
    }
};

subtest 'DNS hangs: the program stops while names are being looked up' => sub {
    $program->stop('TERM', 10);
    is($program->{process}{status}, 0, 'the program ends by itself, without an error');
};

done_testing;
