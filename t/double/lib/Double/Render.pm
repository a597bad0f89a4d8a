package Double::Render;

# From what the store keeps to what Stripe shows: nested lists, expansion, pages.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Double::Util qw(refuse fail bool);

# Members of an object type that are computed when it is shown.
my %COMPUTED = (
    transfer => sub ($double, $object, $out) {
        $out->{reversals} = nested($double, $object->{_reversals},
            "/v1/transfers/$object->{id}/reversals");
    },
    application_fee => sub ($double, $object, $out) {
        $out->{refunds} = nested($double, $object->{_refunds},
            "/v1/application_fees/$object->{id}/refunds");
    },
    dispute => sub ($double, $object, $out) {
        $out->{balance_transactions} =
            [map { plain($double, $double->store->any($_)) } @{ $object->{_transactions} }];
        $out->{evidence_details}{past_due} =
            bool(($object->{evidence_details}{due_by} // 0) < $double->now
                && $object->{status} =~ /needs_response$/);
    },
    account => sub ($double, $object, $out) {
        $out->{external_accounts} = nested($double,
            [grep { !$double->store->any($_)->{_deleted} } @{ $object->{_external} }],
            "/v1/accounts/$object->{id}/external_accounts");
    },
    balance_transaction => sub ($double, $object, $out) {
        $out->{status} = $object->{available_on} <= $double->now ? 'available' : 'pending';
    },
    event => sub ($double, $object, $out) { %$out = %{ $double->event_view($object) } },
);

sub nested ($double, $ids, $url) {
    my @newest = reverse @{ $ids // [] };
    my $more = @newest > 10;
    splice @newest, 10 if $more;
    return { object => 'list', data => [map { plain($double, $double->store->any($_)) } @newest],
        has_more => bool($more), url => $url, total_count => scalar @{ $ids // [] } };
}

# The object without expansion.
sub plain ($double, $object) {
    my %out = map { $_ => $object->{$_} } grep { !/^_/ } keys %$object;
    my $type = $object->{object} // '';
    $out{evidence_details} = { %{ $object->{evidence_details} } } if $type eq 'dispute';
    $COMPUTED{$type}->($double, $object, \%out) if $COMPUTED{$type};
    return \%out;
}

# Which members may be expanded, by object type ("*" marks lists that appear only then).
my %EXPANDABLE = (
    payment_intent => 'latest_charge payment_method customer on_behalf_of application '
        . 'transfer_data.destination review',
    charge => 'balance_transaction payment_intent application_fee transfer refunds* customer '
        . 'on_behalf_of source_transfer failure_balance_transaction application review '
        . 'transfer_data.destination',
    refund => 'balance_transaction charge payment_intent transfer_reversal '
        . 'source_transfer_reversal failure_balance_transaction payment_method customer',
    transfer => 'balance_transaction destination destination_payment source_transaction',
    transfer_reversal => 'balance_transaction destination_payment_refund source_refund transfer',
    payout => 'balance_transaction destination failure_balance_transaction original_payout '
        . 'reversed_by application_fee',
    dispute => 'charge payment_intent evidence.receipt evidence.customer_communication '
        . 'evidence.service_documentation evidence.uncategorized_file',
    balance_transaction => 'source',
    application_fee => 'account balance_transaction charge originating_transaction application',
    fee_refund => 'balance_transaction fee',
    bank_account => 'account', card => 'account',
);
my %MAY = map { my $type = $_;
    $type => { map { (my $name = $_) =~ s/\*//; $name => 1 } split ' ', $EXPANDABLE{$type} } }
    keys %EXPANDABLE;
my %STUB = (pm => 'payment_method', cus => 'customer', ca => 'application',
    tu => 'topup');

# Refuses what can never be expanded, before anything is executed.
sub check_expand ($type, $paths) {
    for my $path (@{ $paths // [] }) {
        my ($first, $second) = grep { $_ ne 'data' } split /\./, $path;
        my $may = $MAY{$type} // {};
        next if $may->{ $first // '' } || $may->{ ($first // '') . '.' . ($second // '') };
        next if ($first // '') =~ /^(?:reversals|refunds|external_accounts)$/ && defined $second;
        not_expandable($path);
    }
}

# The object with the asked members expanded.
sub expanded ($double, $object, $paths) {
    my $out = plain($double, $object);
    for my $path (@{ $paths // [] }) {
        expand_path($double, $out, [split /\./, $path], $path);
    }
    return $out;
}

sub not_expandable ($path) {
    refuse(400, param => 'expand', message => "This property cannot be expanded ($path).");
}

sub expand_path ($double, $out, $steps, $path) {
    my ($name, @rest) = @$steps;
    my $may = $MAY{ $out->{object} // '' } or not_expandable($path);
    my ($holder, $key) = ($out, $name);
    if (@rest && $may->{"$name.$rest[0]"}) {
        return if !ref $out->{$name};
        $out->{$name} = { %{ $out->{$name} } };
        ($holder, $key) = ($out->{$name}, shift @rest);
    }
    elsif ($name eq 'data' || !$may->{$name}) {
        return expand_list($double, $out->{$name}, \@rest, $path)
            if is_list($out->{$name}) && @rest;
        not_expandable($path);
    }
    $holder->{$key} = charge_refunds($double, $out) if $key eq 'refunds';
    my $value = $holder->{$key} // return;
    $holder->{$key} = $value = lookup($double, $value) if !ref $value;
    return if !@rest;
    return expand_list($double, $value, \@rest, $path) if is_list($value);
    expand_path($double, $value, \@rest, $path) if ref $value;
}

sub is_list ($value) { return ref $value eq 'HASH' && ($value->{object} // '') eq 'list' }

sub expand_list ($double, $list, $steps, $path) {
    my ($data, @rest) = @$steps;
    not_expandable($path) if ($data // '') ne 'data' || !@rest;
    expand_path($double, $_, \@rest, $path) for @{ $list->{data} };
}

sub charge_refunds ($double, $charge) {
    my @ids = map { $_->{id} }
        grep { ($_->{charge} // '') eq $charge->{id} } @{ $double->store->all('refund') };
    return nested($double, \@ids, "/v1/charges/$charge->{id}/refunds");
}

sub lookup ($double, $id) {
    my $object = $double->store->any($id);
    return plain($double, $object) if $object;
    my ($prefix) = $id =~ /^([a-z]+)_/;
    return $STUB{ $prefix // '' } ? { id => $id, object => $STUB{$prefix} } : $id;
}

# ---- pages -----------------------------------------------------------------------------------

sub page_limit ($params) {
    my $limit = $params->{limit} // 10;
    return $limit if $limit >= 1 && $limit <= 100;
    refuse(400, code => 'parameter_invalid_integer', param => 'limit',
        message => $limit < 1 ? 'This value must be greater than or equal to 1.'
            : 'This value must be less than or equal to 100.');
}

sub in_range ($value, $range) {
    return 1 if !$range;
    return 0 if !defined $value;
    return 0 if defined $range->{gt} && $value <= $range->{gt};
    return 0 if defined $range->{gte} && $value < $range->{gte};
    return 0 if defined $range->{lt} && $value >= $range->{lt};
    return 0 if defined $range->{lte} && $value > $range->{lte};
    return 1;
}

sub cursor ($double, $objects, $type, $params, $name) {
    my $id = $params->{$name} // return undef;
    my $object = $double->store->any($id);
    if ($object && $object->{object} =~ /^(?:$type)$/) {
        my $place = $object->{_place};
        return $place if ($objects->[$place] // 0) == $object;
        my ($found) = grep { $objects->[$_] == $object } 0 .. $#$objects;
        return $found if defined $found;
    }
    fail(400, code => 'resource_missing', param => $name, message => "No such $type: '$id'");
}

# A page, newest first. $keep->($object) filters; $objects in order of creation.
sub page ($double, $objects, $type, $params, $url, $keep) {
    my $limit = page_limit($params);
    refuse(400, code => 'parameters_exclusive', param => 'ending_before',
        message => 'You may only specify one of these parameters: starting_after, ending_before.')
        if defined $params->{starting_after} && defined $params->{ending_before};
    my $after = cursor($double, $objects, $type, $params, 'starting_after');
    my $before = cursor($double, $objects, $type, $params, 'ending_before');
    my @found;
    my $take = sub ($object) {
        push @found, $object if !$object->{_deleted} && $keep->($object);
        return @found > $limit;
    };
    if (defined $before) {
        for my $at ($before + 1 .. $#$objects) { last if $take->($objects->[$at]) }
    }
    else {
        for my $at (reverse 0 .. ($after // @$objects) - 1) { last if $take->($objects->[$at]) }
    }
    my $more = @found > $limit;
    pop @found if $more;
    @found = reverse @found if defined $before;
    return list_view($double, \@found, $more, $url, $params->{expand});
}

sub list_view ($double, $objects, $more, $url, $paths) {
    my @below;
    for my $path (@{ $paths // [] }) {
        $path =~ /^data\.(.+)/ or not_expandable($path);
        push @below, $1;
    }
    return { object => 'list', url => $url, has_more => bool($more),
        data => [map { expanded($double, $_, \@below) } @$objects] };
}

1;
