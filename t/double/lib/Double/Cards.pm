package Double::Cards;

# Stripe's test payment methods and what each of them does.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

my $DECLINED = 'Your card was declined.';
my %DECLINE = (
    chargeDeclined => ['card_declined', 'generic_decline', $DECLINED],
    chargeDeclinedInsufficientFunds => ['card_declined', 'insufficient_funds',
        'Your card has insufficient funds.'],
    chargeDeclinedLostCard => ['card_declined', 'lost_card', $DECLINED],
    chargeDeclinedStolenCard => ['card_declined', 'stolen_card', $DECLINED],
    chargeDeclinedFraudulent => ['card_declined', 'fraudulent', $DECLINED],
    chargeDeclinedVelocityLimitExceeded => ['card_declined', 'card_velocity_exceeded', $DECLINED],
    chargeDeclinedExpiredCard => ['expired_card', 'expired_card', 'Your card has expired.'],
    chargeDeclinedIncorrectCvc => ['incorrect_cvc', 'incorrect_cvc',
        "Your card's security code is incorrect."],
    chargeDeclinedProcessingError => ['processing_error', 'processing_error',
        'An error occurred while processing your card. Try again in a little bit.'],
);

my %WORKS = (
    pm_card_visa => {}, pm_card_visa_debit => { funding => 'debit' },
    pm_card_us => {}, pm_card_mastercard => { brand => 'mastercard', last4 => '4444' },
    pm_card_amex => { brand => 'amex', last4 => '8431' },
    pm_card_discover => { brand => 'discover', last4 => '9424' },
    pm_card_bypassPending => { last4 => '0077', bypass_pending => 1 },
    pm_card_createDispute => { last4 => '0259', dispute => 'fraudulent' },
    pm_card_createDisputeProductNotReceived =>
        { last4 => '2685', dispute => 'product_not_received' },
    pm_card_createDisputeInquiry => { last4 => '1976', dispute => 'fraudulent', inquiry => 1 },
    pm_card_pendingRefund => { last4 => '7726', refund => 'pending' },
    pm_card_refundFail => { last4 => '5126', refund => 'fails' },
    pm_card_authenticationRequired => { last4 => '3184', action => 1 },
    pm_card_authenticationRequiredOnSetup => { last4 => '3155', action => 1 },
    pm_card_threeDSecureRequired => { last4 => '3063', action => 1 },
    pm_card_threeDSecure2Required => { last4 => '3220', action => 1 },
    pm_usBankAccount_success => { type => 'us_bank_account', last4 => '6789', slow => 1 },
);

# { id, brand, last4, funding, type, decline => [code, decline_code, message], ... } or undef.
sub card ($id) {
    (my $short = $id) =~ s/^pm_card_(?:visa_)?//;
    my $special = $DECLINE{$short} ? { last4 => '0002', decline => $DECLINE{$short} } : $WORKS{$id};
    return undef if !$special;
    return { id => $id, brand => 'visa', last4 => '4242', funding => 'credit', type => 'card',
        %$special };
}

sub names () {
    return (sort(keys %WORKS), map { "pm_card_$_" } sort keys %DECLINE);
}

sub details ($card) {
    if ($card->{type} eq 'us_bank_account') {
        return { type => 'us_bank_account', us_bank_account => {
            account_holder_type => 'individual', account_type => 'checking',
            bank_name => 'STRIPE TEST BANK', fingerprint => 'FFDMA0xfhBjWSZLu',
            last4 => $card->{last4}, payment_reference => undef, routing_number => '110000000' } };
    }
    return { type => 'card', card => {
        amount_authorized => undef, authorization_code => undef, brand => $card->{brand},
        checks => { address_line1_check => undef, address_postal_code_check => undef,
            cvc_check => 'pass' },
        country => "US", electronic_commerce_indicator => undef, exp_month => 12,
        exp_year => 2034, fingerprint => "Xt5EWLLDS7FJjR1c",
        funding => $card->{funding}, installments => undef, last4 => $card->{last4},
        mandate => undef, network => $card->{brand}, network_token => undef,
        network_transaction_id => undef, regulated_status => 'unregulated',
        three_d_secure => undef, transaction_link_id => undef, wallet => undef } };
}

1;
