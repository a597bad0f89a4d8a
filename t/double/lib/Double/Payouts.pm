package Double::Payouts;

# Payouts to a bank and their life, balance settings.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::JSON qw(true false);
use Double::Accounts;
use Double::Balance;
use Double::Transfers;
use Double::Util qw(new_id refuse fail bool);

my %ALLOWED = (
    pending => { map { $_ => 1 } qw(in_transit paid failed canceled) },
    in_transit => { map { $_ => 1 } qw(paid failed) },
    paid => { failed => 1 },
);
my %FAILING = (
    '000111111116' => ['no_account', 'The bank account details on file are probably incorrect. '
        . 'No bank account could be located with those details.'],
    '000111111113' => ['account_closed', 'The bank account has been closed.'],
);

# ---- payouts ---------------------------------------------------------------------------------

sub create ($double, $call) {
    my ($p, $account) = @$call{qw(p account)};
    refuse(400, code => 'parameter_invalid_integer', param => 'amount',
        message => 'This value must be greater than or equal to 1.') if $p->{amount} < 1;
    my $owner = $account eq 'platform' ? undef : $double->store->any($account);
    fail(400, code => 'payouts_not_allowed', message => 'Payouts are not enabled for this '
        . 'account.') if $owner && !$owner->{payouts_enabled};
    my $to = destination($double, $owner, $p);
    my $instant = ($p->{method} // 'standard') eq 'instant';
    fail(400, code => 'instant_payouts_unsupported', param => 'method', message => 'Instant '
        . 'payouts are not supported by this destination.')
        if $instant && $to && !grep { $_ eq 'instant' } @{ $to->{available_payout_methods} };
    fail(400, code => 'balance_insufficient', param => 'amount', message => 'You have '
        . 'insufficient funds in your Stripe account for this transfer. Your card balance is too '
        . 'low.') if $double->store->balance($account, $p->{currency})->{available} < $p->{amount};
    return start($double, $account, $to, $p);
}

sub destination ($double, $owner, $p) {
    return undef if !$owner;
    my @mine = grep { $_->{currency} eq $p->{currency} }
        Double::Accounts::externals($double, $owner);
    my ($to) = defined $p->{destination} ? grep { $_->{id} eq $p->{destination} } @mine
        : ((grep { $_->{default_for_currency} } @mine), @mine);
    return $to if $to;
    fail(400, code => 'resource_missing', param => 'destination',
        message => "No such external account: '$p->{destination}'") if defined $p->{destination};
    fail(400, code => 'no_account', param => 'currency', message => "Sorry, you don't have any "
        . "external accounts in that currency ($p->{currency}).");
}

# Executes; checks nothing. $p: amount currency method description metadata statement_descriptor
# and, from the control side, automatic.
sub start ($double, $account, $to, $p) {
    my $method = $p->{method} // 'standard';
    my $payout = { id => new_id('po'), object => 'payout', amount => $p->{amount},
        application_fee => undef, application_fee_amount => undef,
        arrival_date => arrival($double->now, $method), automatic => bool($p->{automatic}),
        created => $double->now, currency => $p->{currency}, description => $p->{description},
        destination => $to ? $to->{id} : 'ba_1platformDoubleBankAccount',
        failure_balance_transaction => undef, failure_code => undef, failure_message => undef,
        livemode => false, metadata => {}, method => $method, original_payout => undef,
        payout_method => undef, reconciliation_status => $p->{automatic} ? 'in_progress'
            : 'not_applicable', reversed_by => undef, source_type => $p->{source_type} // 'card',
        statement_descriptor => $p->{statement_descriptor}, status => 'pending',
        trace_id => { status => 'pending', value => undef },
        type => $to && $to->{object} eq 'card' ? 'card' : 'bank_account' };
    Double::Transfers::set_metadata($payout, $p->{metadata});
    $double->store->put($payout, $account);
    $payout->{balance_transaction} = $double->transact(account => $account, type => 'payout',
        currency => $payout->{currency}, amount => -$payout->{amount}, source => $payout->{id},
        description => 'STRIPE PAYOUT');
    Double::Balance::gather($double, $payout) if $payout->{automatic};
    $double->emit('payout.created', $payout);
    return $payout;
}

# Two business days later, at midnight UTC; instant ones now.
sub arrival ($now, $method) {
    return $now if $method eq 'instant';
    my $day = $now - $now % 86400;
    my $left = 2;
    while ($left) {
        $day += 86400;
        my $weekday = (gmtime $day)[6];
        $left-- if $weekday >= 1 && $weekday <= 5;
    }
    return $day;
}

# The next step of a payout's life; dies when it cannot be taken.
sub advance ($double, $payout, $status, $reason = undef) {
    fail(400, message => "A payout that is $payout->{status} cannot become $status.")
        if !($ALLOWED{ $payout->{status} } // {})->{$status};
    my $to = $double->store->any($payout->{destination});
    my $failure = $FAILING{ $to && $to->{_number} // '' };
    $status = 'failed' if $failure && $status eq 'paid';
    $payout->{status} = $status;
    $payout->{trace_id} = { status => 'supported', value => '021000021234567' }
        if $status eq 'paid';
    return_money($double, $payout, $status, $failure, $reason)
        if $status =~ /^(?:failed|canceled)$/;
    $payout->{reconciliation_status} = 'completed' if $status eq 'paid' && $payout->{automatic};
    $double->emit('payout.updated', $payout);
    $double->emit("payout.$status", $payout) if $status ne 'in_transit';
    $double->emit('payout.reconciliation_completed', $payout)
        if $status eq 'paid' && $payout->{automatic};
    return $payout;
}

sub return_money ($double, $payout, $status, $failure, $reason) {
    if ($status eq 'failed') {
        my ($code, $message) = @{ $failure // ['could_not_process',
            'The bank could not process this payout.'] };
        $payout->{failure_code} = $reason // $code;
        $payout->{failure_message} = $message;
    }
    $payout->{failure_balance_transaction} = $double->transact(account => $payout->{_account},
        type => $status eq 'failed' ? 'payout_failure' : 'payout_cancel',
        currency => $payout->{currency}, amount => $payout->{amount}, source => $payout->{id},
        description => 'STRIPE PAYOUT ' . uc $status);
}

sub cancel ($double, $call, $id) {
    my $payout = $double->store->need('payout', $id, $call->{account});
    fail(400, message => 'Payouts can only be canceled while they are pending.')
        if $payout->{status} ne 'pending';
    return advance($double, $payout, 'canceled');
}

# A paid payout comes back as a payout of the negative amount.
sub reverse_payout ($double, $call, $id) {
    my $payout = $double->store->need('payout', $id, $call->{account});
    fail(400, message => 'Only paid payouts to US bank accounts can be reversed, and only once.')
        if $payout->{status} ne 'paid' || $payout->{reversed_by} || $payout->{original_payout};
    my $to = $double->store->any($payout->{destination});
    my $back = start($double, $payout->{_account}, $to, { amount => -$payout->{amount},
        currency => $payout->{currency}, metadata => $call->{p}{metadata} });
    $back->{original_payout} = $id;
    $payout->{reversed_by} = $back->{id};
    $double->emit('payout.updated', $payout);
    return $back;
}

# When the clock passes the arrival date, what is on its way arrives.
sub arrive ($double) {
    for my $payout (@{ $double->store->all('payout') }) {
        next if $payout->{status} !~ /^(?:pending|in_transit)$/;
        next if $payout->{arrival_date} > $double->now;
        advance($double, $payout, 'in_transit') if $payout->{status} eq 'pending';
        advance($double, $payout, 'paid');
    }
}

# ---- balance settings ------------------------------------------------------------------------

sub settings_holder ($double, $account) {
    return $double->store->any($account) if $account ne 'platform';
    my $platform = $double->store->data->{platform};
    $platform->{settings} //= Double::Accounts::settings();
    $platform->{payouts_enabled} = true;
    return $platform;
}

sub settings ($double, $call) {
    my $holder = settings_holder($double, $call->{account});
    my $payouts = $holder->{settings}{payouts};
    my %schedule = %{ $payouts->{schedule} };
    my $delay = delete $schedule{delay_days};
    my %shown = map { $_ => $schedule{$_} } grep { defined $schedule{$_} }
        qw(interval weekly_payout_days monthly_payout_days);
    my %timing = (delay_days => $delay, start_of_day => undef);
    $timing{delay_days_override} = $holder->{_delay_override}
        if defined $holder->{_delay_override};
    return { object => 'balance_settings', payments => {
        debit_negative_balances => $payouts->{debit_negative_balances},
        payouts => { automatic_transfer_rules_by_currency => undef,
            minimum_balance_by_currency => $holder->{_minimum_balance}, schedule => \%shown,
            statement_descriptor => $payouts->{statement_descriptor},
            status => $holder->{payouts_enabled} ? 'enabled' : 'disabled' },
        settlement_timing => \%timing } };
}

sub settings_update ($double, $call) {
    my $holder = settings_holder($double, $call->{account});
    my $p = $call->{p}{payments} // {};
    my $payouts = $holder->{settings}{payouts};
    $payouts->{debit_negative_balances} = $p->{debit_negative_balances}
        if defined $p->{debit_negative_balances};
    my $change = $p->{payouts} // {};
    $payouts->{statement_descriptor} = $change->{statement_descriptor}
        if exists $change->{statement_descriptor};
    $holder->{_minimum_balance} = { map { $_ => $change->{minimum_balance_by_currency}{$_} + 0 }
            keys %{ $change->{minimum_balance_by_currency} } }
        if ref $change->{minimum_balance_by_currency};
    Double::Accounts::apply_schedule($payouts, $change->{schedule}) if $change->{schedule};
    settings_timing($holder, $payouts, $p->{settlement_timing}) if $p->{settlement_timing};
    my $view = settings($double, $call);
    $double->emit_for($call->{account}, 'balance_settings.updated', $view);
    return $view;
}

sub settings_timing ($holder, $payouts, $timing) {
    return if !exists $timing->{delay_days_override};
    my $days = $timing->{delay_days_override};
    $holder->{_delay_override} = $days;
    $payouts->{schedule}{delay_days} = Double::Accounts::delay_days($days // 'minimum',
        'payments[settlement_timing][delay_days_override]');
}

1;
