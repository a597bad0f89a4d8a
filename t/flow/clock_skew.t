# Protects: a program whose clock is wrong for a while does no lasting harm.  The validator's
# answers are ordered by the database's clock: dated by a program whose clock is ahead, one answer
# would make all later ones look older, and they would be ignored.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_json);
use T::Clock;
use T::Payouts;
use T::Proc qw(plain_dir);
use T::Purser;

my $uri = '/v2/payouts/estimate';
my $day_s = 86_400;
my $yes = JSON::PP::true;
my $purser = T::Purser->start(build => plain_dir,
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $trader = T::Payouts->new($purser);
$trader->payee;
# The last weeks earn nothing: whichever of them the program asks for, the sum is the same.
my @idle = map { [100, 0] } 1 .. 3;
my $account = $trader->funded([100, 0], @idle);
is_json($trader->api->GET($uri), { amount_cents => 10_000, available => $yes },
    'clock skew: what is owed is available');

for (['ahead', 2 * $day_s, 20_000], ['behind', -2 * $day_s, 30_000]) {
    my ($name, $moved_s, $cents) = @$_;
    $trader->script($account, 'funded', [$cents / 100, 0], map { [$cents / 100, 0] } @idle);
    $purser->payouts->restart(env => { T::Clock->moved($moved_s) });
    is_json($trader->api->GET($uri), { amount_cents => $cents, available => $yes },
        "clock skew: a program that is two days $name gets the answer of now");
    $trader->script($account, 'funded', [$cents / 100 + 1, 0], map { [$cents / 100 + 1, 0] } @idle);
    $purser->payouts->restart(env => {});
    is_json($trader->api->GET($uri), { amount_cents => $cents + 100, available => $yes },
        "clock skew: after a program two days $name one with the right time works");
}
# Stripe has forgotten the key of a call of yesterday, whose answer was lost: it is looked up, also
# by a program whose clock is 3 hours behind.
my $double = $purser->double;
$purser->jobs->stop;
$double->control(POST => '/_double/webhooks', { mode => 'withhold' });
$double->faults({ match => 'POST /v1/payment_intents', do => 'cut_after', times => 9 });
$trader->api->POST('/v2/payments/checkout', $purser->checkout_body);
$double->no_faults;
$double->control(POST => '/_double/clock', { advance_s => 25 * 3600 });
my $payment = $purser->value(q{update payments.payment set next_run_at = now(), }
    . q{created_at = now() - interval '1445 min' where status = 'creating' returning id});
my $intents = $double->control(GET => '/_double/state')->{payment_intents};
$purser->start_program('purser-jobs', env => { T::Clock->moved(-3 * 3600) });
$purser->wait_for('purser-jobs finds the PaymentIntent', sub {
    $purser->value(q{select status from payments.payment where id = ?}, $payment)
        eq 'requires_payment_method';
});
is($double->control(GET => '/_double/state')->{payment_intents}, $intents,
    'clock skew: after a day no second PaymentIntent is made by a program that is behind');

my $asked = $purser->value('select abs(extract(epoch from clock_timestamp() - observed_at))'
    . ' from payouts.estimate where account_id = ?', $account->{id});
cmp_ok($asked, '<', $day_s, 'clock skew: the answer has the time of the database');

done_testing;
