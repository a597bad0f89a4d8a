package Double::Balance;

# The balances of accounts and what moves them: balance transactions, in the account's currency.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::JSON qw(false);
use Double::Render;
use Double::Util qw(new_id refuse zero_decimal);

use constant SETTLE_S => 2 * 86400;

my %CATEGORY = (payment => 'charge', adjustment => 'other_adjustment', payment_refund => 'refund',
    payout_failure => 'payout_reversal', payout_cancel => 'payout_reversal',
    transfer_refund => 'transfer_reversal', application_fee => 'platform_earning',
    application_fee_refund => 'platform_earning_refund', payment_failure_refund => 'refund_failure',
    stripe_fee => 'fee', stripe_fx_fee => 'fee');

# Writes one balance transaction and moves the balance; returns its id.  %more: account currency
# amount type source, and fee, fee_note, pending, description, category, settled where they apply.
# amount in minor units of currency; fee in those of the account's currency, or code that computes
# it of amount and currency there.  settled: see settlement(); undef = as it is.
sub transact ($double, %more) {
    my $settled = exists $more{settled} ? $more{settled}
        : settlement($double, @more{qw(account currency)});
    my ($currency, $amount) = @more{qw(currency amount)};
    if ($settled) {
        $amount = exchange($amount, $currency, $settled->{currency}, $settled->{rate});
        $currency = $settled->{currency};
    }
    my $fee = ref $more{fee} ? $more{fee}->($amount, $currency) : $more{fee} // 0;
    my $available_on = $double->now + ($more{pending} ? SETTLE_S : 0);
    my $transaction = { id => new_id('txn'), object => 'balance_transaction', amount => $amount,
        available_on => $available_on, balance_type => 'payments', created => $double->now,
        currency => $currency, description => $more{description},
        exchange_rate => $settled ? $settled->{rate} + 0 : undef, fee => $fee,
        fee_details => $fee ? [{ amount => $fee, application => undef, currency => $currency,
            description => $more{fee_note} // 'Stripe processing fees', type => 'stripe_fee' }]
            : [],
        net => $amount - $fee,
        reporting_category => $more{category} // $CATEGORY{ $more{type} } // $more{type},
        source => $more{source}, type => $more{type} };
    $double->store->put($transaction, $more{account});
    $double->store->move($more{account}, $currency, $transaction->{net}, $available_on);
    return $transaction->{id};
}

# ---- settlement in another currency ----------------------------------------------------------

# What the account's money in $currency becomes: { currency, rate }; undef = it stays as it is.
sub settlement ($double, $account, $currency) {
    my $set = $double->store->data->{settlement}{$account} or return undef;
    my $rate = $set->{rates}{$currency} // return undef;
    return { currency => $set->{currency}, rate => $rate };
}

# amount * rate, half away from zero, in integers.  rate: decimal text, in units as people write
# them (1 jpy = 0.0068 usd).
sub exchange ($amount, $from, $to, $rate) {
    my ($whole, $part) = (split(/\./, $rate), '');
    my ($times, $by) = ("$whole$part", 10 ** length $part);
    $times *= 100 if zero_decimal($from) && !zero_decimal($to);
    $by *= 100 if !zero_decimal($from) && zero_decimal($to);
    use integer;
    my $size = ((abs $amount) * $times * 2 + $by) / ($by * 2);
    return $amount < 0 ? -$size : $size;
}

# ---- money from and to outside ---------------------------------------------------------------

# Makes $amount available: what is paid in is a top-up, what is taken is an adjustment.
sub set_available ($double, $account, $currency, $amount) {
    my $change = $amount - $double->store->balance($account, $currency)->{available};
    return if !$change;
    my $in = $change > 0;
    transact($double, account => $account, currency => $currency, amount => $change,
        settled => undef, type => $in ? 'topup' : 'adjustment',
        source => $in ? new_id('tu') : undef,
        description => $in ? 'Top-up' : 'Balance adjustment');
}

# ---- the API ---------------------------------------------------------------------------------

sub show ($double, $call) {
    my $account = $call->{account};
    my $store = $double->store;
    my @currencies = $store->currencies($account);
    push @currencies, default_currency($double, $account) if !@currencies;
    my @rows = map { [$_, $store->balance($account, $_)] } @currencies;
    my %balance = (object => 'balance', livemode => false,
        map { my $part = $_; $part => [map { row($_->[0], $_->[1]{$part}) } @rows] }
            qw(available pending));
    $balance{connect_reserved} = [map { { amount => 0, currency => $_->[0] } } @rows]
        if $account eq 'platform';
    $balance{instant_available} = [map { row($_->[0], $_->[1]{available}) } @rows]
        if $account ne 'platform';
    return \%balance;
}

sub row ($currency, $amount) {
    return { amount => $amount, currency => $currency, source_types => { card => $amount } };
}

sub default_currency ($double, $account) {
    return 'usd' if $account eq 'platform';
    return $double->store->any($account)->{default_currency};
}

sub transactions ($double, $call) {
    my ($p, $account) = @$call{qw(p account)};
    check_payout($double, $account, $p->{payout}) if defined $p->{payout};
    return Double::Render::page($double, $double->store->all('balance_transaction'),
        'balance_transaction', $p, '/v1/balance_transactions', sub ($object) {
            return 0 if $object->{_account} ne $account;
            for my $name (grep { defined $p->{$_} } qw(currency source type)) {
                return 0 if ($object->{$name} // '') ne $p->{$name};
            }
            return 0 if defined $p->{payout} && ($object->{_payout} // '') ne $p->{payout};
            return Double::Render::in_range($object->{created}, $p->{created});
        });
}

# Only an automatic payout knows what it is made of.
sub check_payout ($double, $account, $id) {
    my $payout = $double->store->need('payout', $id, $account, 'payout');
    refuse(400, param => 'payout', message => 'Balance history can only be filtered on automatic '
        . 'transfers, not manual.') if !$payout->{automatic};
}

# An automatic payout takes what is available and in no earlier one.
sub gather ($double, $payout) {
    for my $transaction (@{ $double->store->all('balance_transaction') }) {
        next if $transaction->{_payout} || $transaction->{_account} ne $payout->{_account}
            || $transaction->{currency} ne $payout->{currency};
        $transaction->{_payout} = $payout->{id} if $transaction->{available_on} <= $double->now;
    }
}

1;
