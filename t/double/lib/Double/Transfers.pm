package Double::Transfers;

# Transfers from the platform to connected accounts, and their reversals.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::JSON qw(true false);
use Double::Render;
use Double::Util qw(new_id fail refuse bool address);

sub set_metadata ($object, $change) {
    my %metadata = %{ $object->{metadata} // {} };
    return if !$change;
    %metadata = () if exists $change->{''};
    for my $key (grep { $_ ne '' } keys %$change) {
        delete $metadata{$key};
        $metadata{$key} = $change->{$key} if $change->{$key} ne '';
    }
    refuse(400, param => 'metadata', message => 'Metadata can only have 50 keys')
        if keys %metadata > 50;
    $object->{metadata} = \%metadata;
}

# Moves money and makes the transfer with its destination payment; checks nothing.
# %t: from to amount currency source_transaction pending transfer_group description metadata.
sub send_money ($double, %t) {
    my $transfer = { id => new_id('tr'), object => 'transfer', amount => $t{amount},
        amount_reversed => 0, created => $double->now, currency => $t{currency},
        description => $t{description}, destination => $t{to}, livemode => false,
        metadata => {}, reversed => false, source_transaction => $t{source_transaction},
        source_type => $t{source_type} // 'card', transfer_group => $t{transfer_group},
        _reversals => [] };
    set_metadata($transfer, $t{metadata});
    $double->store->put($transfer, $t{from});
    $transfer->{balance_transaction} = $double->transact(account => $t{from}, type => 'transfer',
        currency => $t{currency}, amount => -$t{amount}, source => $transfer->{id},
        pending => $t{pending}, description => $t{description});
    $transfer->{destination_payment} = payment($double, $transfer, $t{pending})->{id};
    $double->emit('transfer.created', $transfer);
    return $transfer;
}

# What the connected account sees of a transfer: a charge "py_" that is its income.
sub payment ($double, $transfer, $pending) {
    my $charge = { id => new_id('py'), object => 'charge', amount => $transfer->{amount},
        amount_captured => $transfer->{amount}, amount_refunded => 0, application => undef,
        application_fee => undef, application_fee_amount => undef,
        billing_details => { address => address(), email => undef,
            name => undef, phone => undef, tax_id => undef },
        calculated_statement_descriptor => undef, captured => true,
        created => $double->now, currency => $transfer->{currency}, customer => undef,
        description => undef, disputed => false, failure_balance_transaction => undef,
        failure_code => undef, failure_message => undef, fraud_details => {},
        livemode => false, metadata => {}, on_behalf_of => undef,
        outcome => undef, paid => true, payment_intent => undef, payment_method => undef,
        payment_method_details => { type => 'stripe_account' }, receipt_email => undef,
        receipt_number => undef, receipt_url => undef, refunded => false, review => undef,
        shipping => undef, source => undef, source_transfer => $transfer->{id},
        statement_descriptor => undef, statement_descriptor_suffix => undef,
        status => 'succeeded', transfer_data => undef, transfer_group => undef };
    $double->store->put($charge, $transfer->{destination});
    $charge->{balance_transaction} = $double->transact(account => $transfer->{destination},
        type => 'payment', currency => $transfer->{currency}, amount => $transfer->{amount},
        source => $charge->{id}, pending => $pending, description => undef);
    return $charge;
}

# ---- the API ---------------------------------------------------------------------------------

sub create ($double, $call) {
    my $p = $call->{p};
    refuse(400, code => 'parameter_missing', param => 'amount',
        message => 'Missing required param: amount.') if !defined $p->{amount};
    refuse(400, code => 'parameter_invalid_integer', param => 'amount',
        message => 'This value must be greater than or equal to 1.') if $p->{amount} < 1;
    my $account = $double->store->find('account', $p->{destination}, 'platform')
        or fail(400, code => 'resource_missing', param => 'destination',
            message => "No such destination: '$p->{destination}'");
    Double::Accounts::may_receive($account);
    my $source = source($double, $call, $p);
    enough($double, $call->{account}, $p) if !$source;
    return send_money($double, from => $call->{account}, to => $account->{id},
        transfer_group => $source ? $source->{transfer_group} // "group_$source->{id}" : undef,
        %$p);
}

# With source_transaction the money of one charge is passed on, before it is available.
sub source ($double, $call, $p) {
    return undef if !defined $p->{source_transaction};
    my $charge = $double->store->need('charge', $p->{source_transaction}, $call->{account},
        'source_transaction');
    my $used = 0;
    $used += $_->{amount} for grep { ($_->{source_transaction} // '') eq $charge->{id} }
        @{ $double->store->all('transfer') };
    fail(400, code => 'balance_insufficient', param => 'amount', message => 'Transfer amount is '
        . 'greater than the remaining amount of the source transaction.')
        if $used + $p->{amount} > $charge->{amount_captured};
    fail(400, code => 'transfer_source_balance_parameters_mismatch', param => 'currency',
        message => 'The currency of source_transaction\'s balance transaction must be the same '
        . 'as the transfer currency.') if $charge->{currency} ne $p->{currency};
    return $charge;
}

sub enough ($double, $account, $p) {
    return if $double->store->balance($account, $p->{currency})->{available} >= $p->{amount};
    fail(400, code => 'balance_insufficient', message => 'You have insufficient available funds '
        . 'in your Stripe account. Try adding funds directly to your available balance by '
        . 'creating Charges using the 4000000000000077 test card. See: '
        . 'https://stripe.com/docs/testing#available-balance');
}

# ---- reversals -------------------------------------------------------------------------------

sub reversal_create ($double, $call, $id) {
    my $transfer = $double->store->need('transfer', $id, $call->{account});
    my $p = $call->{p};
    my $left = $transfer->{amount} - $transfer->{amount_reversed};
    my $amount = $p->{amount} // $left;
    fail(400, message => "Transfer $id is already fully reversed.") if !$left;
    refuse(400, code => 'parameter_invalid_integer', param => 'amount',
        message => 'This value must be greater than or equal to 1.') if $amount < 1;
    fail(400, param => 'amount', message => "Reversal amount ($amount) is greater than the "
        . "unreversed amount on transfer ($left).") if $amount > $left;
    my $has = $double->store->balance($transfer->{destination}, $transfer->{currency});
    fail(400, code => 'balance_insufficient', message => 'The recipient does not have enough '
        . 'funds to reverse this transfer.') if $has->{available} + $has->{pending} < $amount;
    my $reversal = take_back($double, $transfer, $amount, metadata => $p->{metadata});
    return $reversal;
}

# Executes a reversal; checks nothing. %more: metadata, source_refund.
sub take_back ($double, $transfer, $amount, %more) {
    my $payment = $double->store->any($transfer->{destination_payment});
    my $reversal = { id => new_id('trr'), object => 'transfer_reversal', amount => $amount,
        created => $double->now, currency => $transfer->{currency},
        destination_payment_refund => undef, metadata => {},
        source_refund => $more{source_refund}, transfer => $transfer->{id} };
    set_metadata($reversal, $more{metadata});
    $double->store->put($reversal, $transfer->{_account});
    $reversal->{balance_transaction} = $double->transact(account => $transfer->{_account},
        type => 'transfer_refund', currency => $transfer->{currency}, amount => $amount,
        source => $reversal->{id}, description => 'REFUND FOR TRANSFER');
    $reversal->{destination_payment_refund} = payment_refund($double, $payment, $reversal)->{id};
    $transfer->{amount_reversed} += $amount;
    $transfer->{reversed} = bool($transfer->{amount_reversed} == $transfer->{amount});
    push @{ $transfer->{_reversals} }, $reversal->{id};
    $double->emit('transfer.reversed', $transfer);
    return $reversal;
}

# The other side of a reversal: a refund of the connected account's payment.
sub payment_refund ($double, $payment, $reversal) {
    my $refund = { id => new_id('pyr'), object => 'refund', amount => $reversal->{amount},
        charge => $payment->{id}, created => $double->now, currency => $payment->{currency},
        customer => undef, customer_account => undef, metadata => {}, payment_intent => undef,
        payment_method => undef, reason => undef, receipt_number => undef,
        source_transfer_reversal => $reversal->{id}, status => 'succeeded',
        transfer_reversal => undef };
    $double->store->put($refund, $payment->{_account});
    $refund->{balance_transaction} = $double->transact(account => $payment->{_account},
        type => 'payment_refund', currency => $payment->{currency}, amount => -$refund->{amount},
        source => $refund->{id}, description => 'REFUND FOR PAYMENT');
    $payment->{amount_refunded} += $refund->{amount};
    $payment->{refunded} = bool($payment->{amount_refunded} == $payment->{amount});
    return $refund;
}

sub reversal_list ($double, $call, $id) {
    $double->store->need('transfer', $id, $call->{account});
    return Double::Render::page($double, $double->store->all('transfer_reversal'),
        'transfer_reversal', $call->{p}, "/v1/transfers/$id/reversals",
        sub ($reversal) { $reversal->{transfer} eq $id });
}

sub reversal_get ($double, $call, $id, $reversal_id) {
    $double->store->need('transfer', $id, $call->{account});
    my $reversal = $double->store->need('transfer_reversal', $reversal_id, $call->{account});
    fail(404, code => 'resource_missing', param => 'id',
        message => "No such transfer reversal: '$reversal_id'") if $reversal->{transfer} ne $id;
    return $reversal;
}

1;
