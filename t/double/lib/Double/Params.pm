package Double::Params;

# Parameter specifications in a compact notation, and their checks with Stripe's messages.
#
#   amount:int! currency:currency! list[]:str mode:<a|b> transfer_data{destination:str!}
#
# "!" = required, "?" = may be unset with an empty value, "[]" = list, "{}" = nested closed object,
# types: str str(N) int num bool currency meta expand range any (a free subtree).

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Exporter 'import';
use Double::Util qw(refuse currency_ok true false);

our @EXPORT_OK = qw(compile check);

sub compile ($text) {
    pos($text) = 0;
    my $fields = compile_fields(\$text);
    $text =~ /\G\s*\z/gc or die "trailing text in specification: " . substr($text, pos $text);
    return $fields;
}

sub compile_fields ($text) {
    my %fields;
    while ($$text =~ /\G\s*([a-z0-9_]+)(\[\])?/gc) {
        my ($name, $list) = ($1, $2);
        my $field = { list => $list ? 1 : 0 };
        if ($$text =~ /\G\{/gc) {
            $field->{type} = 'object';
            $field->{fields} = compile_fields($text);
            $$text =~ /\G\s*\}/gc or die "missing } after $name";
        }
        elsif ($$text =~ /\G:<([^>]*)>/gc) {
            @$field{qw(type values)} = ('enum', { map { $_ => 1 } split /\|/, $1 });
        }
        elsif ($$text =~ /\G:([a-z]+)(?:\((\d+)\))?/gc) {
            @$field{qw(type max)} = ($1, $2);
        }
        else { die "no type for $name" }
        $field->{required} = 1 if $$text =~ /\G!/gc;
        $field->{unset} = 1 if $$text =~ /\G\?/gc;
        $fields{$name} = $field;
    }
    return \%fields;
}

# The checked and typed copy of a decoded tree; dies by refuse().
sub check ($fields, $tree) {
    my @unknown = unknown($fields, $tree, '');
    if (@unknown) {
        my $plural = @unknown > 1 ? 's' : '';
        refuse(400, code => 'parameter_unknown', param => $unknown[0],
            message => "Received unknown parameter$plural: " . join(', ', @unknown));
    }
    return object($fields, $tree, '');
}

sub inside ($path, $name) { return $path eq '' ? $name : "${path}[$name]" }

sub unknown ($fields, $tree, $path) {
    my @found;
    for my $name (sort keys %$tree) {
        my $field = $fields->{$name};
        push(@found, inside($path, $name)), next if !$field;
        next if $field->{type} ne 'object';
        my $below = $tree->{$name};
        my @items = $field->{list} ? @{ items($below) // [] } : ($below);
        push @found, unknown($field->{fields}, $_, inside($path, $name))
            for grep { ref eq 'HASH' } @items;
    }
    return @found;
}

# A list arrives as a[]= or as a[0]=; undef when it is neither.
sub items ($value) {
    return $value if ref $value eq 'ARRAY';
    return undef if ref $value ne 'HASH' || grep { !/^\d+$/ } keys %$value;
    return [map { $value->{$_} } sort { $a <=> $b } keys %$value];
}

sub object ($fields, $tree, $path) {
    my %out;
    for my $name (sort keys %$fields) {
        my $field = $fields->{$name};
        my $param = inside($path, $name);
        if (!exists $tree->{$name}) {
            missing($param) if $field->{required};
            next;
        }
        $out{$name} = field($field, $tree->{$name}, $param);
    }
    return \%out;
}

sub missing ($param) {
    refuse(400, code => 'parameter_missing', param => $param,
        message => "Missing required param: $param.");
}

sub field ($field, $value, $param) {
    return value($field, $value, $param) if !$field->{list};
    return [] if !ref $value && $value eq '';
    my $items = items($value) or refuse(400, param => $param, message => 'Invalid array');
    my $n = 0;
    return [map { value($field, $_, "${param}[" . $n++ . ']') } @$items];
}

my %CHECK = (
    object => \&as_object, enum => \&as_enum, str => \&as_str, int => \&as_int, num => \&as_num,
    bool => \&as_bool, currency => \&as_currency, meta => \&as_meta, expand => \&as_expand,
    range => \&as_range, any => sub ($field, $value, $param) { $value },
);

sub value ($field, $value, $param) {
    my $type = $field->{type};
    return undef if $field->{unset} && !ref $value && $value eq '';
    my $structured = $type =~ /^(?:object|meta|expand|range|any)$/;
    refuse(400, param => $param, message => "Invalid $type: a single value is expected")
        if ref $value && !$structured;
    return $CHECK{$type}->($field, $value, $param);
}

sub empty ($param) {
    refuse(400, code => 'parameter_invalid_empty', param => $param,
        message => "You passed an empty string for '$param'. We assume empty values are an "
            . "attempt to unset a field; however '$param' cannot be unset. You should remove "
            . "'$param' from your request or supply a non-empty value.");
}

sub as_object ($field, $value, $param) {
    refuse(400, param => $param, message => 'Invalid object') if ref $value ne 'HASH';
    return object($field->{fields}, $value, $param);
}

sub as_enum ($field, $value, $param) {
    empty($param) if $value eq '';
    return $value if $field->{values}{$value};
    my @names = sort keys %{ $field->{values} };
    refuse(400, param => $param,
        message => "Invalid $param: must be one of " . join(', ', @names));
}

sub as_str ($field, $value, $param) {
    empty($param) if $value eq '' && $field->{required};
    my $max = $field->{max} // 5000;
    refuse(400, param => $param,
        message => "Invalid string: the value is too long; the maximum length is $max characters")
        if length $value > $max;
    return $value;
}

sub as_int ($field, $value, $param) {
    empty($param) if $value eq '';
    return $value + 0 if $value =~ /^-?\d{1,15}$/;
    refuse(400, code => 'parameter_invalid_integer', param => $param,
        message => "Invalid integer: $value");
}

sub as_num ($field, $value, $param) {
    return $value + 0 if $value =~ /^-?\d{1,12}(?:\.\d{1,12})?$/ && $value =~ tr/0-9// <= 15;
    refuse(400, param => $param, message => "Invalid decimal: $value");
}

sub as_bool ($field, $value, $param) {
    empty($param) if $value eq '';
    return $value eq 'true' ? true : false if $value =~ /^(?:true|false)$/;
    refuse(400, param => $param, message => "Invalid boolean: $value");
}

sub as_currency ($field, $value, $param) {
    empty($param) if $value eq '';
    my $code = lc $value;
    return $code if currency_ok($code);
    refuse(400, param => $param, message => "Invalid currency: $code");
}

# Values by key; undef = remove the key; the empty text for all of it = remove everything.
sub as_meta ($field, $value, $param) {
    return { map { $_ => "$value->{$_}" } meta_keys($value, $param) } if ref $value eq 'HASH';
    return { '' => '' } if !ref $value && $value eq '';
    refuse(400, param => $param, message => 'Invalid object');
}

sub meta_keys ($value, $param) {
    my @keys = keys %$value;
    refuse(400, param => $param,
        message => 'Metadata can only have 50 keys') if @keys > 50;
    for my $key (@keys) {
        my $name = "${param}[$key]";
        refuse(400, param => $name, message => 'Metadata keys can only be 40 characters long')
            if length $key > 40;
        refuse(400, param => $name, message => 'Metadata values can only be strings')
            if ref $value->{$key};
        refuse(400, param => $name, message => 'Metadata values can have up to 500 characters')
            if length $value->{$key} > 500;
    }
    return @keys;
}

sub as_expand ($field, $value, $param) {
    my $items = items($value) or refuse(400, param => $param, message => 'Invalid array');
    for my $path (@$items) {
        refuse(400, param => $param, message => 'Invalid string') if ref $path;
        my @steps = grep { $_ ne 'data' } split /\./, $path;
        refuse(400, param => $param,
            message => "You cannot expand more than 4 levels of a property. Property: $path")
            if @steps > 4;
    }
    return $items;
}

sub as_range ($field, $value, $param) {
    return { gte => as_int($field, $value, $param), lte => as_int($field, $value, $param) }
        if !ref $value;
    my %range;
    for my $name (sort keys %$value) {
        refuse(400, code => 'parameter_unknown', param => "${param}[$name]",
            message => "Received unknown parameter: ${param}[$name]")
            if $name !~ /^(?:gt|gte|lt|lte)$/;
        $range{$name} = as_int($field, $value->{$name}, "${param}[$name]");
    }
    return \%range;
}

1;
