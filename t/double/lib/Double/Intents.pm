package Double::Intents;

# PaymentIntents and their states:
#   requires_payment_method -> requires_confirmation -> requires_action | processing |
#   requires_capture -> succeeded; canceled from everything that is not final; a decline leads
#   back to requires_payment_method.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::JSON qw(true false);
use Double::Cards;
use Double::Charges;
use Double::Render;
use Double::Transfers;
use Double::Util qw(new_id random_text refuse fail minimum_amount address);

use constant AUTHORISED_S => 7 * 86400;

my @PLAIN = qw(description receipt_email shipping statement_descriptor statement_descriptor_suffix
    transfer_group customer setup_future_usage);

# ---- create, retrieve, update ----------------------------------------------------------------

sub create ($double, $call) {
    my $p = $call->{p};
    check_amounts($double, $call, $p, $p->{amount}, $p->{currency});
    refuse(400, code => 'parameters_exclusive', param => 'automatic_payment_methods', message =>
        'You may only specify one of these parameters: automatic_payment_methods, '
        . 'allowed_payment_method_types.')
        if $p->{allowed_payment_method_types} && ($p->{automatic_payment_methods} // {})->{enabled};
    my $card = chosen_card($p);
    refuse(400, param => 'payment_method', code => 'payment_intent_unexpected_state',
        message => "You cannot confirm this PaymentIntent because it's missing a payment method.")
        if $p->{confirm} && !$card;
    my $intent = new_intent($double, $call);
    $double->store->put($intent, $call->{account});
    attach($intent, $card) if $card;
    $double->emit('payment_intent.created', $intent);
    attempt($double, $intent) if $p->{confirm};
    return $intent;
}

sub new_intent ($double, $call) {
    my $p = $call->{p};
    my $id = new_id('pi');
    my $types = $p->{allowed_payment_method_types};
    my $automatic = $types ? undef : $p->{automatic_payment_methods} // { enabled => true };
    my $intent = { id => $id, object => 'payment_intent', allowed_payment_method_types => $types,
        amount => $p->{amount}, amount_capturable => 0, amount_details => { tip => {} },
        amount_received => 0, application => undef,
        application_fee_amount => $p->{application_fee_amount},
        automatic_payment_methods => $automatic && { allow_redirects => 'always', %$automatic },
        canceled_at => undef, cancellation_reason => undef,
        capture_method => $p->{capture_method} // 'automatic_async',
        client_secret => "${id}_secret_" . random_text(25),
        confirmation_method => $p->{confirmation_method} // 'automatic',
        created => $double->now, currency => $p->{currency}, customer_account => undef,
        excluded_payment_method_types => $p->{excluded_payment_method_types},
        last_payment_error => undef, latest_charge => undef, livemode => false,
        managed_payments => undef, metadata => {}, next_action => undef,
        on_behalf_of => $p->{on_behalf_of}, payment_method => undef,
        payment_method_configuration_details => undef,
        payment_method_options => { card => { installments => undef, mandate_options => undef,
            network => undef, request_three_d_secure => 'automatic' } },
        payment_method_types => $types // ['card', 'link'], payment_record => undef,
        processing => undef, review => undef, source => undef,
        status => 'requires_payment_method', transfer_data => undef,
        map { $_ => $p->{$_} } @PLAIN };
    Double::Transfers::set_metadata($intent, $p->{metadata});
    $intent->{transfer_data} = { %{ $p->{transfer_data} } } if $p->{transfer_data};
    full_shipping($intent);
    return $intent;
}

sub full_shipping ($intent) {
    my $shipping = $intent->{shipping} or return;
    $intent->{shipping} = { carrier => undef, phone => undef, tracking_number => undef,
        %$shipping, address => address($shipping->{address}) };
}

sub check_amounts ($double, $call, $p, $amount, $currency) {
    refuse(400, code => 'parameter_invalid_integer', param => 'amount',
        message => 'This value must be greater than or equal to 1.') if $amount < 1;
    refuse(400, code => 'amount_too_large', param => 'amount',
        message => 'Amount must be no more than 999,999.99') if $amount > 99_999_999_999;
    refuse(400, code => 'amount_too_small', param => 'amount', message =>
        'The Checkout Session or PaymentIntent amount must be at least the minimum of '
        . minimum_amount($currency) . " $currency (minor units).")
        if $amount < minimum_amount($currency);
    my $fee = $p->{application_fee_amount};
    refuse(400, code => 'parameter_invalid_integer', param => 'application_fee_amount',
        message => 'This value must be greater than or equal to 0.') if defined $fee && $fee < 0;
    refuse(400, param => 'application_fee_amount',
        message => 'Your application fee cannot be greater than the charge amount.')
        if defined $fee && $fee > $amount;
    check_destination($double, $call, $p, $fee);
}

sub check_destination ($double, $call, $p, $fee) {
    for my $param (qw(on_behalf_of)) {
        my $id = $p->{$param} // next;
        $double->store->find('account', $id, 'platform') or no_account($param, $id);
    }
    my $data = $p->{transfer_data};
    refuse(400, param => 'application_fee_amount', message => 'Can only apply an '
        . 'application_fee_amount when the PaymentIntent is attempting a direct payment (using '
        . 'an OAuth key or Stripe-Account header) or destination payment (using '
        . '`transfer_data[destination]`).')
        if defined $fee && !$data && $call->{account} eq 'platform' && !$p->{_update};
    my $id = $data && $data->{destination} // return;
    my $account = $double->store->find('account', $id, 'platform')
        or no_account('transfer_data[destination]', $id);
    Double::Accounts::may_receive($account);
    refuse(400, code => 'parameters_exclusive', param => 'application_fee_amount', message =>
        'You may only specify one of these parameters: application_fee_amount, '
        . 'transfer_data[amount].') if defined $fee && defined $data->{amount};
}

sub no_account ($param, $id) {
    fail(400, code => 'resource_missing', param => $param,
        message => "No such destination: '$id'");
}

sub retrieve ($double, $call, $id) {
    my $intent = $double->store->need('payment_intent', $id, $call->{account});
    check_secret($call, $intent);
    return $intent;
}

sub check_secret ($call, $intent) {
    my $secret = $call->{p}{client_secret};
    refuse(400, code => 'parameter_missing', param => 'client_secret',
        message => 'Missing required param: client_secret.')
        if $call->{publishable} && !defined $secret;
    refuse(400, code => 'payment_intent_invalid_parameter', param => 'client_secret',
        message => 'The client_secret provided does not match the client_secret associated with '
        . 'the PaymentIntent.') if defined $secret && $secret ne $intent->{client_secret};
}

sub update ($double, $call, $id) {
    my $intent = $double->store->need('payment_intent', $id, $call->{account});
    my $p = $call->{p};
    my @money = grep { exists $p->{$_} } qw(amount currency application_fee_amount payment_method
        payment_method_data allowed_payment_method_types capture_method transfer_data);
    unexpected($double, $intent, "This PaymentIntent's $money[0] could not be updated because it "
        . "has a status of $intent->{status}.")
        if @money && $intent->{status} !~ /^requires_(?:payment_method|confirmation|action)$/;
    check_amounts($double, $call, { %$p, _update => 1 }, $p->{amount} // $intent->{amount},
        $p->{currency} // $intent->{currency});
    my $card = chosen_card($p);
    $intent->{$_} = $p->{$_} for grep { exists $p->{$_} && $_ !~ /^payment_method|^transfer_data/ }
        @money, @PLAIN;
    $intent->{transfer_data} = { %{ $intent->{transfer_data} // {} }, %{ $p->{transfer_data} } }
        if $p->{transfer_data} && $intent->{transfer_data};
    Double::Transfers::set_metadata($intent, $p->{metadata});
    full_shipping($intent);
    attach($intent, $card) if $card;
    return $intent;
}

# ---- payment methods -------------------------------------------------------------------------

sub chosen_card ($p) {
    my $id = $p->{payment_method};
    $id //= 'pm_card_visa' if ref $p->{payment_method_data};
    return undef if !defined $id;
    return Double::Cards::card($id) // fail(400, code => 'resource_missing',
        param => 'payment_method', message => "No such PaymentMethod: '$id'");
}

sub attach ($intent, $card) {
    $intent->{_card} = $card;
    $intent->{payment_method} = "pm_1$intent->{id}" =~ s/pi_1//r;
    $intent->{status} = 'requires_confirmation';
}

sub unexpected ($double, $intent, $message) {
    fail(400, code => 'payment_intent_unexpected_state', message => $message,
        payment_intent => Double::Render::plain($double, $intent));
}

# ---- confirm ---------------------------------------------------------------------------------

sub confirm ($double, $call, $id) {
    my $intent = retrieve($double, $call, $id);
    my $p = $call->{p};
    unexpected($double, $intent, "You cannot confirm this PaymentIntent because it has already "
        . 'succeeded after being previously confirmed.') if $intent->{status} eq 'succeeded';
    unexpected($double, $intent, 'You cannot confirm this PaymentIntent because it has a status '
        . "of $intent->{status}. Only a PaymentIntent with one of the following statuses may be "
        . 'confirmed: requires_confirmation, requires_action, requires_payment_method.')
        if $intent->{status} !~ /^requires_(?:payment_method|confirmation|action)$/;
    my $card = chosen_card($p);
    attach($intent, $card) if $card;
    unexpected($double, $intent, "You cannot confirm this PaymentIntent because it's missing a "
        . 'payment method. You can either update the PaymentIntent with a payment method and '
        . 'then confirm it again, or confirm it again directly with a payment method.')
        if $intent->{status} eq 'requires_payment_method';
    for my $name (qw(receipt_email capture_method)) {
        $intent->{$name} = $p->{$name} if exists $p->{$name};
    }
    attempt($double, $intent);
    return $intent;
}

# One attempt with the attached card; dies with a 402 when it is declined.
sub attempt ($double, $intent) {
    my $card = $intent->{_card};
    $intent->{last_payment_error} = undef;
    return decline($double, $intent, $card, $card->{decline}) if $card->{decline};
    return require_action($double, $intent) if $card->{action};
    return process($double, $intent, $card) if $card->{slow};
    authorise($double, $intent, $card);
}

sub decline ($double, $intent, $card, $decline, %more) {
    my $charge = Double::Charges::create($double, $intent, $card, status => 'failed',
        failure => $decline);
    my ($code, $decline_code, $message) = @$decline;
    my %error = (type => 'card_error', code => $code, decline_code => $decline_code,
        message => $message, charge => $charge->{id}, payment_method_type => $card->{type},
        payment_method => { id => $intent->{payment_method}, object => 'payment_method' },
        doc_url => 'https://stripe.com/docs/error-codes/' . ($code =~ s/_/-/gr));
    $intent->{status} = 'requires_payment_method';
    $intent->{payment_method} = undef;
    $intent->{next_action} = undef;
    $intent->{processing} = undef;
    $intent->{latest_charge} = $charge->{id};
    $intent->{last_payment_error} = \%error;
    $double->emit('charge.failed', $charge);
    $double->emit('payment_intent.payment_failed', $intent);
    return if $more{quiet};
    fail(402, %error, payment_intent => Double::Render::plain($double, $intent));
}

sub require_action ($double, $intent) {
    $intent->{status} = 'requires_action';
    $intent->{next_action} = { type => 'use_stripe_sdk', use_stripe_sdk => {} };
    $double->emit('payment_intent.requires_action', $intent);
}

sub process ($double, $intent, $card) {
    my $charge = Double::Charges::create($double, $intent, $card, status => 'pending');
    $intent->{status} = 'processing';
    $intent->{latest_charge} = $charge->{id};
    $double->emit('charge.pending', $charge);
    $double->emit('payment_intent.processing', $intent);
}

sub authorise ($double, $intent, $card) {
    my $charge = Double::Charges::create($double, $intent, $card, status => 'succeeded');
    $intent->{latest_charge} = $charge->{id};
    $intent->{next_action} = undef;
    if ($intent->{capture_method} ne 'manual') {
        return succeed($double, $intent, $charge, $intent->{amount});
    }
    $intent->{status} = 'requires_capture';
    $intent->{amount_capturable} = $intent->{amount};
    $charge->{paid} = true;
    $charge->{_capture_before} = $double->now + AUTHORISED_S;
    $charge->{payment_method_details}{card}{capture_before} = $charge->{_capture_before};
    $double->emit('charge.succeeded', $charge);
    $double->emit('payment_intent.amount_capturable_updated', $intent);
}

sub succeed ($double, $intent, $charge, $amount) {
    my $authorised = $intent->{status} eq 'requires_capture';
    $intent->{status} = 'succeeded';
    $intent->{amount_received} = $amount;
    $intent->{amount_capturable} = 0;
    $intent->{processing} = undef;
    Double::Charges::capture($double, $charge, $intent, $amount);
    $intent->{transfer_group} //= $charge->{transfer_group};
    $double->emit($authorised ? 'charge.captured' : 'charge.succeeded', $charge);
    $double->emit('payment_intent.succeeded', $intent);
    my $card = $charge->{_card};
    Double::Disputes::open_dispute($double, $charge, reason => $card->{dispute},
        inquiry => $card->{inquiry}) if $card->{dispute};
}

# What the customer's bank says later: to requires_action and to processing.
sub complete ($double, $intent, $outcome) {
    my $card = $intent->{_card};
    if ($intent->{status} eq 'requires_action') {
        return authorise($double, $intent, $card) if $outcome eq 'succeeded';
        return decline($double, $intent, $card, ['payment_intent_authentication_failure',
            'authentication_required', 'The provided PaymentMethod has failed authentication.'],
            quiet => 1);
    }
    my $charge = $double->store->any($intent->{latest_charge});
    return succeed($double, $intent, $charge, $intent->{amount}) if $outcome eq 'succeeded';
    $charge->{status} = 'failed';
    return decline($double, $intent, $card, ['payment_method_provider_decline',
        'generic_decline', 'The payment was refused by the bank.'], quiet => 1);
}

# ---- capture, cancel -------------------------------------------------------------------------

sub capture ($double, $call, $id) {
    my $intent = $double->store->need('payment_intent', $id, $call->{account});
    my $p = $call->{p};
    unexpected($double, $intent, "This PaymentIntent could not be captured because it has a "
        . "status of $intent->{status}. Only a PaymentIntent with one of the following statuses "
        . 'may be captured: requires_capture.') if $intent->{status} ne 'requires_capture';
    my $amount = $p->{amount_to_capture} // $intent->{amount_capturable};
    my $fee = $p->{application_fee_amount} // $intent->{application_fee_amount};
    refuse(400, code => 'parameter_invalid_integer', param => 'amount_to_capture',
        message => 'This value must be greater than or equal to 1.') if $amount < 1;
    fail(400, code => 'amount_too_large', param => 'amount_to_capture', message =>
        'The amount to capture is greater than the amount that may be captured.')
        if $amount > $intent->{amount_capturable};
    fail(400, param => 'application_fee_amount',
        message => 'Your application fee cannot be greater than the captured amount.')
        if defined $fee && $fee > $amount;
    $intent->{application_fee_amount} = $fee;
    $intent->{transfer_data}{amount} = $p->{transfer_data}{amount}
        if $p->{transfer_data} && $intent->{transfer_data};
    Double::Transfers::set_metadata($intent, $p->{metadata});
    my $charge = $double->store->any($intent->{latest_charge});
    $charge->{application_fee_amount} = $fee;
    succeed($double, $intent, $charge, $amount);
    return $intent;
}

sub cancel ($double, $call, $id) {
    my $intent = $double->store->need('payment_intent', $id, $call->{account});
    unexpected($double, $intent, 'You cannot cancel this PaymentIntent because it has a status of '
        . "$intent->{status}.") if $intent->{status} =~ /^(?:succeeded|canceled|processing)$/;
    end($double, $intent, $call->{p}{cancellation_reason});
    return $intent;
}

sub end ($double, $intent, $reason) {
    my $authorised = $intent->{status} eq 'requires_capture';
    $intent->{status} = 'canceled';
    $intent->{canceled_at} = $double->now;
    $intent->{cancellation_reason} = $reason;
    $intent->{amount_capturable} = 0;
    $intent->{next_action} = undef;
    if ($authorised) {
        my $charge = $double->store->any($intent->{latest_charge});
        $charge->{amount_refunded} = $charge->{amount};
        $charge->{refunded} = true;
        $double->emit($reason && $reason eq 'automatic' ? 'charge.expired' : 'charge.refunded',
            $charge);
    }
    $double->emit('payment_intent.canceled', $intent);
}

# An authorisation that was not captured in seven days is released.
sub expire ($double) {
    for my $intent (@{ $double->store->all('payment_intent') }) {
        next if $intent->{status} ne 'requires_capture';
        my $charge = $double->store->any($intent->{latest_charge});
        end($double, $intent, 'automatic') if $charge->{_capture_before} <= $double->now;
    }
}

1;
