package Double::Charges;

# Charges: made by PaymentIntents, with balance transactions, application fees and the transfer of
# a destination charge.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::JSON qw(true false);
use Double::Cards;
use Double::Util qw(new_id bool zero_decimal address);

# Stripe's own fee for a card payment: 2.9 % and 30 minor units.
sub stripe_fee ($amount, $currency) {
    my $fixed = zero_decimal($currency) ? 0 : 30;
    return int(($amount * 29 + 500) / 1000) + $fixed;
}

# Stripe's ledger calls what is not paid by card a payment: bank debits, and transfers at their
# destination.
sub is_payment ($charge) { return $charge->{payment_method_details}{type} ne 'card' }

# The charge of one attempt. %more: status, captured, failure => [code, decline_code, message].
sub create ($double, $intent, $card, %more) {
    my $id = new_id('ch');
    my $failure = $more{failure};
    my $charge = { id => $id, object => 'charge', amount => $intent->{amount},
        amount_captured => 0, amount_refunded => 0, application => undef,
        application_fee => undef, application_fee_amount => $intent->{application_fee_amount},
        balance_transaction => undef,
        billing_details => { address => address(), email => undef, name => undef,
            phone => undef, tax_id => undef },
        calculated_statement_descriptor => $intent->{statement_descriptor} // 'PURSER SANDBOX',
        captured => false, created => $double->now, currency => $intent->{currency},
        customer => $intent->{customer}, description => $intent->{description},
        disputed => false, failure_balance_transaction => undef,
        failure_code => $failure && $failure->[0], failure_message => $failure && $failure->[2],
        fraud_details => {}, livemode => false, metadata => { %{ $intent->{metadata} } },
        on_behalf_of => $intent->{on_behalf_of}, outcome => outcome($failure),
        paid => bool($more{status} eq 'succeeded'), payment_intent => $intent->{id},
        payment_method => "pm_1$intent->{id}" =~ s/pi_1//r,
        payment_method_details => Double::Cards::details($card),
        receipt_email => $intent->{receipt_email}, receipt_number => undef,
        receipt_url => undef, refunded => false, review => undef,
        shipping => $intent->{shipping}, source => undef, source_transfer => undef,
        statement_descriptor => $intent->{statement_descriptor},
        statement_descriptor_suffix => $intent->{statement_descriptor_suffix},
        status => $more{status}, transfer_data => destination($intent),
        transfer_group => $intent->{transfer_group}, _card => $card };
    return $double->store->put($charge, $intent->{_account});
}

sub destination ($intent) {
    my $data = $intent->{transfer_data} or return undef;
    return { amount => $data->{amount}, destination => $data->{destination} };
}

sub outcome ($failure) {
    my %outcome = (advice_code => undef, network_advice_code => undef,
        network_decline_code => undef, network_status => 'approved_by_network', reason => undef,
        risk_level => 'normal', risk_score => 20, seller_message => 'Payment complete.',
        type => 'authorized');
    return \%outcome if !$failure;
    return { %outcome, network_status => 'declined_by_network', reason => $failure->[1],
        seller_message => 'The bank did not return any further details with this decline.',
        type => 'issuer_declined' };
}

# Takes the money of an authorised charge: fee, application fee, transfer to the destination.
sub capture ($double, $charge, $intent, $amount) {
    my $account = $charge->{_account};
    my $pending = !$charge->{_card}{bypass_pending};
    $charge->{amount_captured} = $amount;
    $charge->{captured} = true;
    $charge->{paid} = true;
    $charge->{status} = 'succeeded';
    $charge->{transfer_group} //= "group_$intent->{id}" if $charge->{transfer_data};
    $charge->{balance_transaction} = $double->transact(account => $account,
        type => is_payment($charge) ? 'payment' : 'charge', currency => $charge->{currency},
        amount => $amount, fee => \&stripe_fee, pending => $pending, source => $charge->{id},
        description => $charge->{description});
    transfer_to_destination($double, $charge, $intent, $amount, $pending)
        if $charge->{transfer_data};
    application_fee($double, $charge, $intent->{application_fee_amount}, $pending)
        if $intent->{application_fee_amount};
    return $charge;
}

sub transfer_to_destination ($double, $charge, $intent, $amount, $pending) {
    my $data = $intent->{transfer_data};
    my $part = $data->{amount} // $amount;
    $part = $amount if $part > $amount;
    my $transfer = Double::Transfers::send_money($double, from => $charge->{_account},
        to => $data->{destination}, amount => $part, currency => $charge->{currency},
        source_transaction => $charge->{id}, pending => $pending,
        transfer_group => $charge->{transfer_group}, description => undef,
        metadata => $data->{metadata} // {});
    $charge->{transfer} = $transfer->{id};
}

# The platform's fee: from the connected account that receives the payment to the platform.
sub application_fee ($double, $charge, $amount, $pending) {
    my $payer = $charge->{transfer_data} ? $charge->{transfer_data}{destination}
        : $charge->{_account};
    my $receives = $charge->{transfer} ? destination_payment($double, $charge) : $charge;
    my $fee = { id => new_id('fee'), object => 'application_fee', account => $payer,
        amount => $amount, amount_refunded => 0, application => 'ca_double',
        balance_transaction => undef, charge => $receives->{id}, created => $double->now,
        currency => $charge->{currency},
        fee_source => { charge => $receives->{id}, type => 'charge' }, livemode => false,
        originating_transaction => $receives == $charge ? undef : $charge->{id},
        refunded => false, _refunds => [], _payer => $payer };
    $double->store->put($fee, 'platform');
    $fee->{balance_transaction} = $double->transact(account => 'platform',
        type => 'application_fee', currency => $fee->{currency}, amount => $amount,
        source => $fee->{id}, pending => $pending, description => undef);
    # The payer's share is booked as a fee of its own payment.
    $double->transact(account => $payer, type => 'adjustment', currency => $fee->{currency},
        amount => -$amount, source => $fee->{id}, pending => $pending,
        description => 'Application fee');
    $charge->{application_fee} = $fee->{id};
    $receives->{application_fee} = $fee->{id};
    $double->emit('application_fee.created', $fee);
    return $fee;
}

sub destination_payment ($double, $charge) {
    my $transfer = $double->store->any($charge->{transfer});
    return $double->store->any($transfer->{destination_payment});
}

1;
