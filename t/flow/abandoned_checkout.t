# Protects: the PaymentIntent of an abandoned checkout is canceled, so that an old price cannot be
# paid; what was paid before Stripe canceled it is booked as any other payment.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status json_of);
use T::Purser;

my $purser = T::Purser->start(
    conf => { checkout_cancel_after_s => 3600, reconcile_after_s => 1 });
my $double = $purser->double;
my $cancel = 'POST /v1/payment_intents/*/cancel';

sub checkout { return json_of($purser->api->POST('/v2/payments/checkout', $purser->checkout_body)) }

# The payment was begun so many minutes ago, and is compared with Stripe now.
sub begun_before {
    my ($checkout, $minutes) = @_;
    $purser->dbh->do(<<'END', undef, $minutes, $checkout->{payment_id});
update payments.payment set created_at = now() - ?::int * interval '1 min', looked_at = null,
    next_run_at = now()
where id = ?
END
    return;
}

# An attempt that failed is made again.
sub again {
    my ($checkout) = @_;
    return $purser->dbh->do(q{update payments.payment set next_run_at = now() where id = ?}, undef,
        $checkout->{payment_id});
}

sub status {
    my ($checkout) = @_;
    return json_of($purser->api->GET("/v2/payments/$checkout->{payment_id}"))->{status};
}

sub wait_status {
    my ($checkout, $status) = @_;
    return $purser->wait_for("the payment is $status",
        sub { status($checkout) eq $status }, 30);
}

sub accounts_of {
    my ($checkout) = @_;
    return scalar grep {
        ($_->{stripe_payment_intent_id} // '') eq $checkout->{stripe_payment_intent_id}
    } @{ json_of($purser->api->GET('/v2/payments/prop-accounts')) };
}

sub cancels {
    my ($checkout) = @_;
    my $intent = $checkout->{stripe_payment_intent_id};
    return $double->calls(POST => "/v1/payment_intents/$intent/cancel");
}

my ($young, $old) = (checkout(), checkout());
begun_before($young, 58);
begun_before($old, 61);
wait_status($old, 'canceled');
pass('a checkout that is older than the setting is canceled');
my ($call) = cancels($old);
is($call->{params}{cancellation_reason}, 'abandoned', 'Stripe is told why');
ok(!eval { $double->confirm($old->{stripe_payment_intent_id}); 1 },
    'Stripe refuses the payment of a canceled checkout');
is(accounts_of($old), 0, 'a canceled checkout cannot be paid');
is(status($old), 'canceled', 'the refused attempt to pay changes nothing');
is($purser->value(q{select count(*) from webhooks.outbox where object_id = ?}, $old->{payment_id}),
    0, 'no event of prop is about a cancellation');
is(status($young), 'requires_payment_method', 'a checkout that is younger is not canceled');
is(scalar cancels($young), 0, 'Stripe is not asked to cancel a younger one');

# Paid, and nobody has told: the reading before the cancellation books it.
my $paid = checkout();
$double->control(POST => '/_double/webhooks', { mode => 'withhold' });
$purser->jobs->stop;
$double->confirm($paid->{stripe_payment_intent_id});
begun_before($paid, 61);
$purser->start_program('purser-jobs');
wait_status($paid, 'succeeded');
is(accounts_of($paid), 1, 'an old checkout that was paid gets its account');
is(scalar cancels($paid), 0, 'a paid checkout is not canceled');
$double->control(POST => '/_double/webhooks', { mode => 'deliver' });

# Paid between the reading and the cancellation.
my $late = checkout();
$double->faults({ match => $cancel, do => 'delay', delay_ms => 4000 });
begun_before($late, 61);
$purser->wait_for('it is read before it is canceled', sub { $purser->value(
    'select abandoned_at is not null and attempts = 1 and lease_holder is null'
        . ' from payments.payment where id = ?', $late->{payment_id}) }, 30);
$double->confirm($late->{stripe_payment_intent_id});
wait_status($late, 'succeeded');
is(accounts_of($late), 1, 'a checkout that is paid while it is being canceled gets its account');

# Canceled, and the answer is lost.
my $lost = checkout();
$double->control(POST => '/_double/webhooks', { mode => 'withhold' });
$double->faults({ match => $cancel, do => 'cut_after', times => 10 });
begun_before($lost, 61);
$purser->wait_for('the answer of the cancellation is lost', sub { $purser->value(
    q{select last_error from payments.payment where id = ?}, $lost->{payment_id}) }, 30);
is(status($lost), 'requires_payment_method', 'a cancellation without an answer is no outcome');
$double->no_faults;
again($lost);
wait_status($lost, 'canceled');
pass('the next reading finds what the lost answer said');
is($purser->value('select count(*) from admin.ledger_check'), 0, 'the books are right');

done_testing;
