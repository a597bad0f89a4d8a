package Double::Accounts;

# Connected accounts: creation, capabilities, requirements, bank accounts, and the results of
# onboarding.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::JSON qw(true false);
use Double::Render;
use Double::Transfers;
use Double::Util qw(new_id random_text refuse fail bool address);

my %COUNTRY_CURRENCY = (US => 'usd', GB => 'gbp', CA => 'cad', AU => 'aud', JP => 'jpy',
    CH => 'chf', SE => 'sek', NO => 'nok', DK => 'dkk', PL => 'pln', CZ => 'czk', HU => 'huf',
    RO => 'ron', BG => 'bgn', NZ => 'nzd', SG => 'sgd', HK => 'hkd', MX => 'mxn', BR => 'brl',
    IN => 'inr', AE => 'aed', TH => 'thb', MY => 'myr', ID => 'idr', PH => 'php', KE => 'kes',
    NG => 'ngn', ZA => 'zar', KW => 'kwd', IL => 'ils', TR => 'try', AR => 'ars', CO => 'cop',
    CL => 'clp', PE => 'pen', VN => 'vnd', KR => 'krw', TW => 'twd', EG => 'egp', MA => 'mad',
    map { $_ => 'eur' } qw(AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK));

my @DUE = qw(business_profile.mcc business_profile.url external_account individual.dob.day
    individual.dob.month individual.dob.year individual.first_name individual.last_name
    tos_acceptance.date tos_acceptance.ip);

# ---- create ----------------------------------------------------------------------------------

sub create ($double, $call) {
    my $p = $call->{p};
    my $country = $p->{country} // 'US';
    refuse(400, code => 'country_unsupported', param => 'country',
        message => "Country '$country' is unknown. Try using a 2-character alphanumeric country "
        . "code instead, such as 'US', 'EG', or 'GB'.") if !$COUNTRY_CURRENCY{$country};
    refuse(400, code => 'email_invalid', param => 'email',
        message => "Invalid email address: $p->{email}")
        if ($p->{email} // '') ne '' && $p->{email} !~ /^[^@\s]+@[^@\s]+\.[^@\s]+$/;
    refuse(400, code => 'parameters_exclusive', param => 'type', message =>
        'You may only specify one of these parameters: type, controller.')
        if $p->{type} && $p->{controller};
    my $controller = controller($p);
    my $account = blank($double, $p, $country, $controller);
    $double->store->put($account, 'platform');
    apply($double, $account, $p);
    refresh($double, $account);
    return $account;
}

my %LEGACY = (
    standard => ['account', 'stripe', 'stripe', 'full'],
    express => ['application', 'application', 'stripe', 'express'],
    custom => ['application', 'application', 'application', 'none'],
);

sub controller ($p) {
    my $given = $p->{controller} // {};
    my ($payer, $losses, $collection, $dashboard) = @{ $LEGACY{ $p->{type} // 'standard' } };
    my %controller = (fees => { payer => ($given->{fees} // {})->{payer} // $payer },
        is_controller => true,
        losses => { payments => ($given->{losses} // {})->{payments} // $losses },
        requirement_collection => $given->{requirement_collection} // $collection,
        stripe_dashboard => { type => ($given->{stripe_dashboard} // {})->{type} // $dashboard },
        type => 'application');
    refuse(400, param => 'controller[requirement_collection]', message =>
        'When requirement_collection is application, stripe_dashboard[type] must be none.')
        if $controller{requirement_collection} eq 'application'
        && $controller{stripe_dashboard}{type} ne 'none';
    refuse(400, param => 'controller[losses][payments]', message => 'When '
        . 'requirement_collection is application, losses[payments] must be application.')
        if $controller{requirement_collection} eq 'application'
        && $controller{losses}{payments} ne 'application';
    return \%controller;
}

# The legacy name of a controller, where it has one.
sub type_of ($controller) {
    my @is = ($controller->{fees}{payer}, $controller->{losses}{payments},
        $controller->{requirement_collection}, $controller->{stripe_dashboard}{type});
    my ($type) = grep { "@{ $LEGACY{$_} }" eq "@is" } sort keys %LEGACY;
    return $type // 'none';
}

sub blank ($double, $p, $country, $controller) {
    my $id = 'acct_1' . random_text(15);
    return { id => $id, object => 'account', business_profile => profile(),
        business_type => undef, capabilities => {}, charges_enabled => false,
        controller => $controller, country => $country, created => $double->now,
        default_currency => $p->{default_currency} // $COUNTRY_CURRENCY{$country},
        details_submitted => false, email => undef, future_requirements => requirements(),
        metadata => {}, payouts_enabled => false, requirements => requirements(),
        settings => settings(), tos_acceptance => { date => undef, ip => undef,
            user_agent => undef }, type => $p->{type} // type_of($controller),
        _external => [], _requested => {}, _onboarding => 'none' };
}

sub profile () {
    return { annual_revenue => undef, estimated_worker_count => undef, mcc => undef,
        minority_owned_business_designation => undef, name => undef,
        product_description => '', support_address => undef,
        specified_commercial_transactions_act_url => undef, support_email => undef,
        support_phone => undef, support_url => undef, url => undef };
}

sub requirements (%change) {
    return { alternatives => [], current_deadline => undef, currently_due => [],
        disabled_reason => undef, errors => [], eventually_due => [], past_due => [],
        pending_verification => [], %change };
}

sub settings () {
    return { branding => { icon => undef, logo => undef, primary_color => undef,
            secondary_color => undef },
        card_payments => { decline_on => { avs_failure => false, cvc_failure => false },
            statement_descriptor_prefix => undef, statement_descriptor_prefix_kana => undef,
            statement_descriptor_prefix_kanji => undef },
        dashboard => { display_name => undef, timezone => 'Etc/UTC' },
        payments => { map { $_ => undef } qw(statement_descriptor statement_descriptor_kana
            statement_descriptor_kanji statement_descriptor_prefix_kana
            statement_descriptor_prefix_kanji) },
        payouts => { debit_negative_balances => false, statement_descriptor => undef,
            schedule => { delay_days => 2, interval => 'daily' } } };
}

# ---- update ----------------------------------------------------------------------------------

# The account itself, or any account when the platform asks.
sub need ($double, $call, $id) {
    my $allowed = $call->{account} eq 'platform' || $call->{account} eq $id;
    my $account = $allowed && $double->store->find('account', $id, 'platform');
    return $account || fail(403, code => 'account_invalid', message => "The provided key does "
        . "not have access to account '$id' (or that account does not exist). Application access "
        . 'may have been revoked.');
}

# The account that the key belongs to, or that the call is made for: it is none of its own
# connected accounts.
sub own ($double, $call) {
    return need($double, $call, $call->{account}) if $call->{account} ne 'platform';
    my $own = blank($double, {}, 'US', controller({ type => 'standard' }));
    return { %{ $own }{ grep { !/^_/ } keys %$own }, id => $double->account_id,
        map { ($_ => true) } qw(charges_enabled payouts_enabled details_submitted) };
}

sub retrieve ($double, $call, $id) { return need($double, $call, $id) }

sub update ($double, $call, $id) {
    my $account = need($double, $call, $id);
    apply($double, $account, $call->{p});
    refresh($double, $account);
    updated($double, $account);
    return $account;
}

sub merge ($into, $from) {
    for my $name (keys %$from) {
        if (ref $from->{$name} eq 'HASH' && ref $into->{$name} eq 'HASH') {
            merge($into->{$name}, $from->{$name});
        }
        else { $into->{$name} = $from->{$name} }
    }
}

sub apply ($double, $account, $p) {
    for my $name (qw(email business_type default_currency)) {
        $account->{$name} = $p->{$name} if exists $p->{$name};
    }
    merge($account->{business_profile}, $p->{business_profile} // {});
    my $profile = $account->{business_profile};
    $profile->{support_address} = address($profile->{support_address})
        if $profile->{support_address};
    merge($account->{tos_acceptance}, $p->{tos_acceptance} // {});
    Double::Transfers::set_metadata($account, $p->{metadata});
    my $asked = $p->{capabilities} // {};
    $account->{_requested}{$_} = $asked->{$_}{requested} ? 1 : 0
        for grep { defined $asked->{$_}{requested} } keys %$asked;
    apply_settings($account, $p->{settings} // {});
    add_external($double, $account, $p->{external_account}, {}) if $p->{external_account};
}

sub apply_settings ($account, $change) {
    my %rest = %$change;
    my $payouts = delete $rest{payouts} // {};
    merge($account->{settings}, \%rest);
    my $mine = $account->{settings}{payouts};
    for my $name (qw(debit_negative_balances statement_descriptor)) {
        $mine->{$name} = $payouts->{$name} if exists $payouts->{$name};
    }
    apply_schedule($mine, $payouts->{schedule}) if $payouts->{schedule};
}

my %ANCHOR = (weekly => 'weekly_anchor', monthly => 'monthly_anchor');
my @WEEKDAY = qw(monday tuesday wednesday thursday friday saturday sunday);

sub apply_schedule ($payouts, $change) {
    my %schedule = (%{ $payouts->{schedule} }, %$change);
    my $interval = $schedule{interval};
    my $param = 'settings[payouts][schedule]';
    for my $of (sort keys %ANCHOR) {
        my $name = $ANCHOR{$of};
        my $days = $of eq 'weekly' ? 'weekly_payout_days' : 'monthly_payout_days';
        delete @schedule{$name, $days} if $interval ne $of;
        next if $interval ne $of;
        $schedule{$name} = $schedule{$days}[0] if $change->{$days};
        refuse(400, code => 'parameter_missing', param => "${param}[$name]", message => "You must "
            . "provide $name when the interval is $of.") if !defined $schedule{$name};
        $schedule{$days} = [$schedule{$name}] if !$change->{$days};
        delete $schedule{$days} if $schedule{$name} =~ /^(?:saturday|sunday)$/;
    }
    refuse(400, param => "${param}[monthly_anchor]", message => 'Must be between 1 and 31.')
        if ($schedule{monthly_anchor} // 1) !~ /^(?:[1-9]|[12]\d|3[01])$/;
    $schedule{delay_days} = delay_days($schedule{delay_days}, "${param}[delay_days]");
    $payouts->{schedule} = \%schedule;
}

sub delay_days ($value, $param) {
    return 2 if !defined $value || $value eq 'minimum';
    refuse(400, code => 'parameter_invalid_integer', param => $param,
        message => "Invalid integer: $value") if $value !~ /^\d{1,3}$/;
    refuse(400, param => $param, message => 'delay_days must be between 2 and 31.')
        if $value < 2 || $value > 31;
    return $value + 0;
}

# ---- what follows from onboarding and capabilities -------------------------------------------

# outcome "none" (not begun), "active", "restricted", "disabled".
sub refresh ($double, $account) {
    my $is = $account->{_onboarding};
    my $works = $is eq 'active';
    my %requested = %{ $account->{_requested} };
    $account->{capabilities} = { map { $_ => $works ? 'active' : 'inactive' }
        grep { $requested{$_} } keys %requested };
    $account->{details_submitted} = bool($is ne 'none');
    $account->{charges_enabled} = bool($works && $requested{card_payments});
    $account->{payouts_enabled} = bool($works);
    my $due = $is eq 'none' ? due($double, $account) : $is eq 'restricted'
        ? ['individual.verification.document'] : [];
    $account->{requirements} = requirements(currently_due => $due, eventually_due => [@$due],
        past_due => $is eq 'none' ? [] : [@$due], disabled_reason => $works ? undef
            : $is eq 'disabled' ? 'rejected.fraud' : 'requirements.past_due',
        errors => $is eq 'restricted' ? [{ code => 'verification_document_not_readable',
            reason => 'The document cannot be read.',
            requirement => 'individual.verification.document' }] : []);
}

sub due ($double, $account) {
    my $profile = $account->{business_profile};
    return [grep {
        !(/^business_profile\.(\w+)/ && defined $profile->{$1})
            && !($_ eq 'external_account' && @{ $account->{_external} })
            && !(/^tos_acceptance\.(\w+)/ && defined $account->{tos_acceptance}{$1})
    } @DUE];
}

sub onboard ($double, $account, $outcome) {
    $account->{_onboarding} = $outcome;
    if ($outcome ne 'disabled') {
        $account->{business_type} //= 'individual';
        $account->{tos_acceptance}{date} //= $double->now;
        $account->{tos_acceptance}{ip} //= '127.0.0.1';
        add_external($double, $account, test_bank($account), {}) if !@{ $account->{_external} };
    }
    refresh($double, $account);
    updated($double, $account);
    return $account;
}

sub test_bank ($account) {
    return { object => 'bank_account', country => $account->{country},
        currency => $account->{default_currency}, routing_number => '110000000',
        account_number => '000123456789' };
}

# Connect events: their "account" is the connected account, although the platform owns the object.
sub updated ($double, $account) {
    $double->emit_for($account->{id}, 'account.updated', $account);
}

# Transfers and destination charges need the transfers capability.
sub may_receive ($account) {
    return if ($account->{capabilities}{transfers} // '') eq 'active';
    fail(400, code => 'transfers_not_allowed', message => 'Your destination account needs to '
        . 'have at least one of the following capabilities enabled: transfers, '
        . 'crypto_transfers, legacy_payments');
}

sub remove ($double, $call, $id) {
    my $account = need($double, $call, $id);
    my @left = grep { my $is = $double->store->balance($id, $_);
        $is->{available} || $is->{pending} } $double->store->currencies($id);
    fail(400, message => 'This account has a balance and cannot be deleted.') if @left;
    $account->{_deleted} = 1;
    return { id => $id, object => 'account', deleted => true };
}

# Its owner disconnects it from the platform, whose key reads it no more.
sub deauthorize ($double, $account) {
    $account->{_deleted} = 1;
    $double->emit_for($account->{id}, 'account.application.deauthorized',
        { id => new_id('ca'), object => 'application', name => 'the platform' });
    return $account;
}

# ---- bank accounts and cards -----------------------------------------------------------------

my %TOKEN = (btok_us_verified => '000123456789', btok_us => '000123456789',
    btok_us_verified_noAccount => '000111111116', btok_us_accountClosed => '000111111113');

sub add_external ($double, $account, $source, $p) {
    my $made = ref $source ? $source : $TOKEN{$source}
        ? { %{ test_bank($account) }, account_number => $TOKEN{$source} }
        : $source =~ /^tok_(?:visa_)?debit/ ? { object => 'card', currency => 'usd' }
        : fail(400, code => 'resource_missing', param => 'external_account',
            message => "No such token: '$source'");
    my $external = ($made->{object} // '') eq 'card' ? debit_card($double, $account, $made)
        : bank_account($double, $account, $made);
    Double::Transfers::set_metadata($external, $p->{metadata});
    my @same = grep { $_->{currency} eq $external->{currency} } externals($double, $account);
    if ($p->{default_for_currency} || !@same) {
        $_->{default_for_currency} = false for @same;
        $external->{default_for_currency} = true;
    }
    $double->store->put($external, $account->{id});
    push @{ $account->{_external} }, $external->{id};
    refresh($double, $account);
    $double->emit('account.external_account.created', $external);
    return $external;
}

# Another bank account of the same kind takes the place of the one to which payouts go.
sub change_bank ($double, $account, $last4) {
    add_external($double, $account,
        { %{ test_bank($account) }, account_number => "00099988$last4" },
        { default_for_currency => true });
    updated($double, $account);
    return $account;
}

sub externals ($double, $account) {
    return grep { !$_->{_deleted} } map { $double->store->any($_) } @{ $account->{_external} };
}

sub bank_account ($double, $account, $made) {
    my $number = $made->{account_number} // '';
    my $routing = $made->{routing_number};
    fail(400, code => 'account_number_invalid', param => 'external_account[account_number]',
        message => 'You must use a test bank account number in test mode.')
        if $number !~ /^[A-Z0-9]{4,34}$/i;
    fail(400, code => 'routing_number_invalid', param => 'external_account[routing_number]',
        message => 'Routing number must have 9 digits')
        if ($made->{country} // 'US') eq 'US' && ($routing // '') !~ /^\d{9}$/;
    return { id => new_id('ba'), object => 'bank_account', account => $account->{id},
        account_holder_name => $made->{account_holder_name},
        account_holder_type => $made->{account_holder_type}, account_type => undef,
        available_payout_methods => ['standard'], bank_name => 'STRIPE TEST BANK',
        country => $made->{country} // $account->{country},
        currency => lc($made->{currency} // $account->{default_currency}),
        default_for_currency => false, fingerprint => random_text(16),
        future_requirements => external_requirements(), last4 => substr($number, -4),
        metadata => {}, requirements => external_requirements(),
        routing_number => $routing, status => 'new', _number => $number };
}

sub external_requirements () {
    return { currently_due => [], errors => [], past_due => [], pending_verification => [] };
}

sub debit_card ($double, $account, $made) {
    return { id => new_id('card'), object => 'card', account => $account->{id},
        map({ $_ => undef } qw(address_city address_country address_line1 address_line1_check
            address_line2 address_state address_zip address_zip_check allow_redisplay cvc_check
            dynamic_last4 name tokenization_method)),
        available_payout_methods => ['standard', 'instant'], brand => 'Visa', country => 'US',
        currency => $made->{currency} // $account->{default_currency},
        default_for_currency => false, exp_month => 12, exp_year => 2034,
        fingerprint => random_text(16), funding => 'debit',
        last4 => substr($made->{number} // '4000056655665556', -4), metadata => {},
        regulated_status => 'unregulated' };
}

sub external_create ($double, $call, $id) {
    my $account = need($double, $call, $id);
    my $external = add_external($double, $account, $call->{p}{external_account}, $call->{p});
    updated($double, $account);
    return $external;
}

sub external_list ($double, $call, $id) {
    my $account = need($double, $call, $id);
    my $types = $call->{p}{object} // 'bank_account|card';
    my @mine = grep { $_->{object} =~ /^(?:$types)$/ } externals($double, $account);
    return Double::Render::page($double, \@mine, $types, $call->{p},
        "/v1/accounts/$id/external_accounts", sub ($object) { 1 });
}

1;
