# Protects: the books follow Stripe's balance transactions: stripe:balance is what Stripe holds,
# fees are known, and what stays in stripe:clearing waits for one side.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(accounts => 1, conf => { reconciliation_interval_s => 1 });

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

# A restricted key that may not read balance transactions: operators learn why, nothing else stops.
sub health {
    return $purser->rows(q(select state, why from admin.health where what like 'list of balance%'))
        ->[0];
}
is(health()->{state}, 'ok', 'admin.health: the balance transactions are read');
my $read = $purser->value('select count(*) from reconciliation.balance_transaction');
$purser->double->faults({ match => 'GET /v1/balance_transactions', do => 'rights', times => -1 });
$purser->wait_for('the right is refused', sub { health()->{state} eq 'refused' }, 20);
like(health()->{why}, qr/permission/i, 'admin.health has the words of Stripe');
$purser->dbh->do(q(update stripe_events.bookmark set covered_until = now() - interval '1 h'
    where list = 'balance_transactions'));
my $trader = T::Payouts->new($purser);
$trader->payee;
$trader->funded([80, 0]);
my $payout = json_of($trader->api->POST('/v2/payouts/request', {}));
is_json($trader->writer->POST("/v2/payouts/$payout->{id}/submit", {}), { status => 'paid' },
    'a payout is paid without the right to read balance transactions');
is(balance('stripe:clearing'), -8000,
    'a transfer stays open in clearing while no balance transaction is read');
is($purser->value('select count(*) from reconciliation.balance_transaction'), $read,
    'no balance transaction is known meanwhile');
$purser->double->no_faults;
$purser->wait_for('the transfer leaves clearing', sub { balance('stripe:clearing') == 0 }, 30);
is(health()->{state}, 'ok', 'admin.health: the list is read again');

# A page that is no page, and one whose element cannot be booked.
$purser->double->control(POST => '/_double/balance_transactions', { account => 'platform',
    type => 'something_new', currency => 'usd', amount => -123 });
$purser->wait_for('the unknown movement is an exception', sub {
    $purser->value(q(select count(*) from admin.exceptions
        where kind = 'balance_transaction_unknown')) == 1 }, 20);
is(balance('suspense:stripe'), 123, 'an unknown movement is in suspense');
$purser->double->faults({ match => 'GET /v1/balance_transactions', do => 'body',
    body => '{"object":"list","data":[],"url":"/v1/balance_transactions"}', times => -1 });
$purser->wait_for('a list without has_more is not believed', sub {
    health()->{state} eq 'failing' }, 20);
pass('admin.health: a list that cannot be read is failing');
done_testing;
