# Protects: the books follow Stripe's balance transactions: stripe:balance is what Stripe holds,
# fees are known, and what stays in stripe:clearing waits for one side.
use strict;
use warnings;

use Test::More;
use T::Api qw(json_of);
use T::Purser;

my $purser = T::Purser->start(conf => { reconciliation_interval_s => 1 });

sub control { return $purser->double->control(POST => "/_double$_[0]", $_[1] || {}) }

sub balance {
    my ($code, $asset) = @_;
    return $purser->value('select coalesce(sum(balance), 0)::bigint from ledger.balance_v'
        . ' where code = ? and asset = ?', $code, $asset || 'usd');
}

sub read_until {
    my ($name, $code, $expected) = @_;
    $purser->wait_for($name, sub { balance($code) == $expected }, 20);
    return pass($name);
}

my ($checkout, $account) = $purser->buy;
read_until('a sale is in the balance less its fee', 'stripe:balance', 19_900 - 607);
is(balance('fees:stripe'), 607, 'the fee of a sale is booked');
is(balance('stripe:clearing'), 0, 'a sale that Stripe confirmed leaves nothing open');
is(balance('revenue:challenges'), -19_900, 'the revenue is the price');

control('/refunds', { payment_intent => $checkout->{stripe_payment_intent_id}, amount => 900 });
read_until('a refund is in the balance', 'stripe:balance', 19_900 - 607 - 900);
$purser->wait_for('the refund is booked on both sides', sub { balance('stripe:clearing') == 0 });
is(balance('refunds:challenges'), 900, 'a refund that Stripe confirmed leaves nothing open');

control('/balance', { account => 'platform', currency => 'usd', available => 1_000_000 });
$purser->wait_for('the top-up is booked', sub { balance('bank:stripe') != 0 }, 20);
is(balance('stripe:balance') + balance('bank:stripe'), 19_900 - 607 - 900,
    "a top-up comes from the bank");

is_deeply($purser->rows('select * from admin.ledger_check'), [], 'the ledger check is empty');
done_testing;
