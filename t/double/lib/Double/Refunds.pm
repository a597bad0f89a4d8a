package Double::Refunds;

# Refunds of charges, with the share of the application fee and of the destination's transfer;
# refunds of application fees.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::IOLoop;
use Mojo::JSON qw(false);
use Double::Charges;
use Double::Render;
use Double::Transfers;
use Double::Util qw(new_id refuse fail bool split_rate);

sub create ($double, $call) {
    my $p = $call->{p};
    my $charge = charge_of($double, $call, $p);
    refuse(400, param => 'reason', message => 'Invalid reason')
        if ($p->{reason} // '') eq 'expired_uncaptured_charge';
    check($double, $charge, $p);
    my $amount = $p->{amount} // $charge->{amount_captured} - $charge->{amount_refunded};
    return refund($double, $charge, $amount, $p);
}

sub charge_of ($double, $call, $p) {
    refuse(400, code => 'parameter_missing', param => 'payment_intent', message =>
        'One of the following params should be provided for this request: payment_intent or '
        . 'charge.') if !defined $p->{charge} && !defined $p->{payment_intent};
    return $double->store->need('charge', $p->{charge}, $call->{account}, 'charge')
        if defined $p->{charge};
    my $intent = $double->store->need('payment_intent', $p->{payment_intent}, $call->{account},
        'payment_intent');
    fail(400, code => 'payment_intent_unexpected_state', param => 'payment_intent', message =>
        "This PaymentIntent ($intent->{id}) does not have a successful charge to refund.")
        if $intent->{status} ne 'succeeded';
    return $double->store->any($intent->{latest_charge});
}

sub check ($double, $charge, $p) {
    fail(400, code => 'charge_not_refundable', message => "Charge $charge->{id} cannot be "
        . 'refunded.') if $charge->{status} ne 'succeeded' || !$charge->{captured};
    fail(400, code => 'charge_already_refunded',
        message => "Charge $charge->{id} has already been refunded.") if $charge->{refunded};
    fail(400, code => 'charge_disputed', message => "Charge $charge->{id} has been charged back; "
        . 'cannot issue a refund.') if withdrawn($double, $charge);
    refuse(400, code => 'parameter_invalid_integer', param => 'amount',
        message => 'This value must be greater than or equal to 1.')
        if defined $p->{amount} && $p->{amount} < 1;
    my $left = $charge->{amount_captured} - $charge->{amount_refunded};
    fail(400, param => 'amount', message => "Refund amount ($p->{amount}) is greater than "
        . "unrefunded amount on charge ($left).") if ($p->{amount} // 0) > $left;
    refuse(400, param => 'refund_application_fee', message => 'The charge has no application fee '
        . 'to refund.') if $p->{refund_application_fee} && !$charge->{application_fee};
    refuse(400, param => 'reverse_transfer', message => 'Cannot reverse transfer on charge '
        . "$charge->{id} because it does not have an associated transfer.")
        if $p->{reverse_transfer} && !$charge->{transfer};
}

# A charge whose money a dispute has taken and not given back.
sub withdrawn ($double, $charge) {
    return 0 if !$charge->{disputed};
    return grep { $_->{charge} eq $charge->{id}
        && $_->{status} !~ /^(?:warning_.*|won|prevented)$/ }
        @{ $double->store->all('dispute') };
}

# Executes; checks nothing. $p: reason, metadata, refund_application_fee, reverse_transfer.
sub refund ($double, $charge, $amount, $p) {
    my $slow = ($charge->{_card}{refund} // '') eq 'pending';
    my $refund = { id => new_id('re'), object => 'refund', amount => $amount,
        charge => $charge->{id}, created => $double->now, currency => $charge->{currency},
        customer => $charge->{customer}, customer_account => undef,
        destination_details => { type => 'card', card => { type => 'refund',
            reference_status => 'pending', reference_type => 'acquirer_reference_number' } },
        metadata => {}, payment_intent => $charge->{payment_intent},
        payment_method => $charge->{payment_method}, reason => $p->{reason},
        receipt_number => undef, source_transfer_reversal => undef,
        status => $slow ? 'pending' : 'succeeded', transfer_reversal => undef };
    $refund->{pending_reason} = 'processing' if $slow;
    Double::Transfers::set_metadata($refund, $p->{metadata});
    $double->store->put($refund, $charge->{_account});
    $refund->{balance_transaction} = $double->transact(account => $charge->{_account},
        type => Double::Charges::is_payment($charge) ? 'payment_refund' : 'refund',
        currency => $refund->{currency}, amount => -$amount,
        source => $refund->{id}, description => 'REFUND FOR CHARGE');
    my $before = $charge->{amount_refunded};
    $charge->{amount_refunded} += $amount;
    $charge->{refunded} = bool($charge->{amount_refunded} == $charge->{amount_captured});
    refund_fee($double, $charge) if $p->{refund_application_fee};
    reverse_transfer($double, $charge, $refund) if $p->{reverse_transfer};
    $double->emit('refund.created', $refund);
    $double->emit('charge.refunded', $charge, { amount_refunded => $before });
    fail_soon($double, $refund) if ($charge->{_card}{refund} // '') eq 'fails';
    return $refund;
}

# So much of the fee is returned in all as of the charge is refunded in all, half up.
sub refund_fee ($double, $charge) {
    my $fee = $double->store->any($charge->{application_fee});
    my $due = split_rate($fee->{amount}, $charge->{amount_refunded}, $charge->{amount_captured});
    my $amount = $due - $fee->{amount_refunded};
    give_back($double, $fee, $amount, undef) if $amount > 0;
}

sub give_back ($double, $fee, $amount, $metadata) {
    my $back = { id => new_id('fr'), object => 'fee_refund', amount => $amount,
        created => $double->now, currency => $fee->{currency}, fee => $fee->{id},
        metadata => {} };
    Double::Transfers::set_metadata($back, $metadata);
    $double->store->put($back, $fee->{_account});
    $back->{balance_transaction} = $double->transact(account => $fee->{_account},
        type => 'application_fee_refund', currency => $fee->{currency}, amount => -$amount,
        source => $back->{id}, description => undef);
    $double->transact(account => $fee->{account}, type => 'adjustment',
        currency => $fee->{currency}, amount => $amount, source => $back->{id},
        description => 'Application fee refund');
    $fee->{amount_refunded} += $amount;
    $fee->{refunded} = bool($fee->{amount_refunded} == $fee->{amount});
    push @{ $fee->{_refunds} }, $back->{id};
    $double->emit('application_fee.refunded', $fee);
    return $back;
}

sub reverse_transfer ($double, $charge, $refund) {
    my $transfer = $double->store->any($charge->{transfer});
    my $due = split_rate($transfer->{amount}, $charge->{amount_refunded},
        $charge->{amount_captured});
    my $amount = $due - $transfer->{amount_reversed};
    return if $amount <= 0;
    my $reversal = Double::Transfers::take_back($double, $transfer, $amount,
        source_refund => $refund->{id});
    $refund->{transfer_reversal} = $reversal->{id};
}

# ---- later: a refund that fails or comes through ---------------------------------------------

sub fail_soon ($double, $refund) {
    my $epoch = $double->epoch;
    Mojo::IOLoop->timer(0.5 => sub {
        return if $epoch != $double->epoch;
        fail_refund($double, $refund);
        $double->webhooks->release;
    });
}

# The bank sends the money back: the charge counts as not refunded again.
sub fail_refund ($double, $refund) {
    return undef if $refund->{status} !~ /^(?:pending|requires_action|succeeded)$/;
    my $charge = $double->store->any($refund->{charge});
    $refund->{status} = 'failed';
    $refund->{failure_reason} = 'expired_or_canceled_card';
    delete $refund->{pending_reason};
    $refund->{failure_balance_transaction} = $double->transact(account => $refund->{_account},
        type => 'refund_failure', currency => $refund->{currency}, amount => $refund->{amount},
        source => $refund->{id}, description => 'REFUND FAILURE');
    $charge->{amount_refunded} -= $refund->{amount};
    $charge->{refunded} = false;
    $double->emit($_, $refund) for qw(refund.updated refund.failed charge.refund.updated);
    return $refund;
}

sub succeed ($double, $refund) {
    return undef if $refund->{status} ne 'pending';
    $refund->{status} = 'succeeded';
    delete $refund->{pending_reason};
    $double->emit($_, $refund) for qw(refund.updated charge.refund.updated);
    return $refund;
}

# ---- application fees ------------------------------------------------------------------------

sub fee_refund_create ($double, $call, $id) {
    my $fee = $double->store->need('application_fee', $id, 'platform');
    my $left = $fee->{amount} - $fee->{amount_refunded};
    my $amount = $call->{p}{amount} // $left;
    fail(400, code => 'charge_already_refunded',
        message => "Application fee $id has already been refunded.") if !$left;
    refuse(400, code => 'parameter_invalid_integer', param => 'amount',
        message => 'This value must be greater than or equal to 1.') if $amount < 1;
    fail(400, param => 'amount', message => "Refund amount ($amount) is greater than unrefunded "
        . "amount on fee ($left).") if $amount > $left;
    return give_back($double, $fee, $amount, $call->{p}{metadata});
}

sub fee_refund_list ($double, $call, $id) {
    $double->store->need('application_fee', $id, 'platform');
    return Double::Render::page($double, $double->store->all('fee_refund'), 'fee_refund',
        $call->{p}, "/v1/application_fees/$id/refunds", sub ($back) { $back->{fee} eq $id });
}

1;
