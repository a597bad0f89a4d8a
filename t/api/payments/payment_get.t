# Protects: GET of a payment shows its status from the checkout to the account that was bought.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;

my $checkout = json_of($api->POST('/v2/payments/checkout', $purser->checkout_body));
my $uri = "/v2/payments/$checkout->{payment_id}";
my $answer = $api->GET($uri);
is_status($answer, 200, 'payment: shown');
is_deeply(json_of($answer), {
    id => $checkout->{payment_id},
    stripe_payment_intent_id => $checkout->{stripe_payment_intent_id},
    amount_cents => 19_900, currency => 'usd', status => 'requires_payment_method',
    tier_id => 'tier_25k', market => 'crypto', prop_account_id => undef,
}, 'payment: eight members, no account yet and no client_secret');

sub status_is {
    my ($status) = @_;
    return $purser->wait_for("the payment is $status", sub {
        my $payment = json_of($api->GET($uri));
        return $payment->{status} eq $status ? $payment : undef;
    });
}

$purser->double->confirm($checkout->{stripe_payment_intent_id}, 'pm_card_chargeDeclined');
$purser->wait_for('the decline is known', sub {
    $purser->value('select failure_code from payments.payment where id = ?',
        $checkout->{payment_id}) });
status_is('requires_payment_method');
$purser->double->confirm($checkout->{stripe_payment_intent_id}, 'pm_card_threeDSecureRequired');
status_is('requires_action');
$purser->double->confirm($checkout->{stripe_payment_intent_id}, 'pm_usBankAccount_success');
status_is('processing');
$purser->double->control(POST =>
    "/_double/payment_intents/$checkout->{stripe_payment_intent_id}/complete",
    { outcome => 'succeeded' });
my $paid = status_is('succeeded');
like($paid->{prop_account_id}, qr/^prop_\w+$/, 'payment: a paid one names its account');
is_json($api->GET("/v2/payments/prop-accounts/$paid->{prop_account_id}"),
    { stripe_payment_intent_id => $checkout->{stripe_payment_intent_id} },
    'payment: the account that it names is that of the PaymentIntent');

for my $id ('pay_' . '0' x 32, 'x' x 65, $paid->{prop_account_id},
    $checkout->{stripe_payment_intent_id}, 'checkout%00') {
    my $other = $api->GET("/v2/payments/$id");
    is_problem($other, $id =~ /%00/ ? 400 : 404, $id =~ /%00/ ? 'V2_BAD_REQUEST' : 'V2_NOT_FOUND',
        "payment: $id is none");
}

done_testing;
