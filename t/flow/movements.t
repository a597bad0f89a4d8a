# Protects: every refund, reversal and movement of a dispute that Stripe lists is booked, once and
# in its own currency; a payout that came back whole is shown as reversed, and paid again only when
# an operator lets it be owed again.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Events qw(event deliver);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(accounts => 1, conf => { reconciliation_interval_s => 1 });
my $double = $purser->double;

sub control { return $double->control(POST => "/_double$_[0]", $_[1] || {}) }

# "code asset balance" of the ledger accounts that are not zero, those of these codes.
sub balances {
    my ($codes) = @_;
    my $rows = $purser->rows(q(select code || ' ' || asset || ' ' || balance as text )
        . q(from ledger.balance_v where balance <> 0 and code like ? order by code, asset), $codes);
    return join ', ', map { $_->{text} } @$rows;
}

sub wait_balances {
    my ($name, $codes, $expected) = @_;
    my $wait = sub { $purser->wait_for($name, sub { balances($codes) eq $expected }, 20) };
    diag("$codes: " . balances($codes)) if !eval { $wait->(); 1 };
    return is(balances($codes), $expected, $name);
}

sub reverse_transfer {
    my ($transfer, $body) = @_;
    my $answer = $double->http->request({ method => 'POST', body => $body,
        uri => "/v1/transfers/$transfer/reversals", headers => {
            Authorization => "Bearer $T::Purser::SECRET_KEY",
            'Content-Type' => 'application/x-www-form-urlencoded' } });
    die "$transfer: $answer->{status} $answer->{body}\n" if $answer->{status} != 200;
    return;
}

subtest 'movements: a dispute that takes eur and usd, and opens again after it was won' => sub {
    my ($checkout, $account) = $purser->buy;
    my %eur = (currency => 'eur', rate => '0.9');
    my $dispute = control('/disputes',
        { payment_intent => $checkout->{stripe_payment_intent_id}, amount => 10_000, %eur });
    wait_balances('what is taken in eur is booked in eur', 'stripe:disputed',
        'stripe:disputed eur 9000');
    control('/balance_transactions', { type => 'adjustment', source => $dispute->{id},
        currency => 'usd', amount => -250, description => 'Chargeback withdrawal' });
    control("/disputes/$dispute->{id}/close", { outcome => 'lost' });
    wait_balances('lost, each currency is a loss', 'losses:%',
        'losses:disputes eur 9000, losses:disputes usd 250');
    control("/disputes/$dispute->{id}/reopen");
    wait_balances('opened again, each currency is disputed', 'stripe:disputed',
        'stripe:disputed eur 9000, stripe:disputed usd 250');
    control("/disputes/$dispute->{id}/close", { outcome => 'won', %eur });
    wait_balances('won, what came back is disputed no longer', 'stripe:disputed',
        'stripe:disputed usd 250');
    control("/disputes/$dispute->{id}/reopen", {%eur});
    wait_balances('opened again after it was won, a third movement is booked', 'stripe:disputed',
        'stripe:disputed eur 9000, stripe:disputed usd 250');
    is(json_of($purser->api->GET("/v2/payments/prop-accounts/$account->{id}"))->{status},
        'suspended', 'opened again after it was won, the account is suspended');
    wait_balances("Stripe's balance transactions leave nothing open", 'stripe:clearing', '');
    is(balances('fees:disputes'), '', 'the fee of a dispute is booked with its movement');
};

subtest 'movements: a payout that came back in 106 reversals' => sub {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    $trader->funded([412.5, 0]);
    my $id = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    my $transfer = json_of($trader->writer->POST("/v2/payouts/$id/submit", {}))
        ->{stripe_transfer_id};
    control("/objects/$transfer/metadata", {});
    control('/webhooks', { mode => 'withhold' });
    reverse_transfer($transfer, 'amount=100') for 1 .. 105;
    reverse_transfer($transfer, '');
    deliver($purser, event('transfer.reversed', { id => $transfer, object => 'transfer' }));
    $purser->wait_for('the reversals are seen', sub {
        json_of($trader->api->GET('/v2/payouts'))->[0]{status} eq 'reversed' });
    my ($shown) = @{ json_of($trader->api->GET('/v2/payouts')) };
    is_deeply([@$shown{qw(id status stripe_transfer_id amount_cents failure_reason)}],
        [$id, 'reversed', $transfer, 41_250, undef], 'the trader sees a reversed payout');
    is($purser->value('select count(*) from payouts.reversal where payout_id = ?', $id), 106,
        'every reversal of the transfer is a row');
    is(balances('recoveries:%'), 'recoveries:traders usd -41250', 'what came back is booked');
    control('/webhooks', { mode => 'deliver' });
    control('/webhooks/flush');
    is($purser->value(q(select string_agg(type, ' ' order by id) from webhooks.outbox
        where object_id = ?), $id), 'payout.completed payout.reversed',
        'payout.reversed is in the outbox once');
    is_problem($trader->api->POST("/v2/payouts/$id/$_", {}), 409, 'V2_PAYOUT_FINAL',
        "a reversed payout refuses $_") for qw(cancel retry);
    is_json($trader->api->GET('/v2/payouts/estimate'),
        { amount_cents => 0, available => JSON::PP::false }, 'what came back is not owed');
    is($purser->value(q(select count(*) from admin.stuck where why like ?),
        "%payout_reversed%$id%"), 1, 'an operator sees what came back');

    my ($tenant) = $purser->tenants;
    $purser->value('select admin.reowe_payout(?, ?, ?, false)', $tenant->{slug}, $id, 'wrong bank');
    is_json($trader->api->GET('/v2/payouts/estimate'),
        { amount_cents => 41_250, available => JSON::PP::true },
        'an operator lets it be owed again');
    my $second = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    is_json($trader->writer->POST("/v2/payouts/$second/submit", {}), { status => 'paid' },
        'a new payout pays what came back');
    is(balances('%:traders'), 'costs:traders usd 41250',
        'what was paid twice and came back once is one cost');
    wait_balances("Stripe's balance transactions leave no payout open", 'stripe:clearing', '');
};

subtest 'movements: 130 refunds of one payment' => sub {
    my ($checkout, $account) = $purser->buy;
    control('/webhooks', { mode => 'withhold' });
    control('/refunds', { payment_intent => $checkout->{stripe_payment_intent_id}, amount => 153 })
        for 1 .. 130;
    deliver($purser, event('charge.refunded', { id => 'ch_1', object => 'charge',
        payment_intent => $checkout->{stripe_payment_intent_id} }));
    $purser->wait_for('the refunds are seen', sub {
        $purser->value('select refunded_cents from payments.payment where id = ?',
            $checkout->{payment_id}) == 130 * 153 });
    is(balances('refunds:%'), 'refunds:challenges usd ' . 130 * 153, 'every refund is booked');
    is($purser->value('select count(*) from payments.refund where payment_id = ?',
        $checkout->{payment_id}), 130, 'every refund is a row');
    wait_balances("Stripe's balance transactions leave no refund open", 'stripe:clearing', '');
};

is_deeply($purser->rows('select * from admin.ledger_check'), [], 'the ledger check is empty');
done_testing;
