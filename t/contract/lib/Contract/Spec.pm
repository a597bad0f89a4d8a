package Contract::Spec;

# A validator of requests by Stripe's OpenAPI description: unknown parameters are mistakes at every
# depth, values are not coerced.
#
#   my $spec = Contract::Spec->load or skip;
#   my @mistakes = $spec->mistakes('POST', '/v1/payment_intents', $form);

use strict;
use warnings;

use Exporter qw(import);
use Mojo::JSON qw(decode_json);
use Mojo::Util qw(url_unescape);
use T::Proc qw(top_dir slurp);

our @EXPORT_OK = qw(form_decode);

sub file {
    return ($ENV{STRIPE_CONTRACT} || top_dir() . '/../shared/stripe') . '/spec3.subset.json';
}

# undef where Stripe's OpenAPI description is absent.
sub load {
    my ($class) = @_;
    return undef if !-r file();
    return bless { spec => decode_json(slurp(file())) }, $class;
}

# "a[b]=1&c[0]=2" -> { a => { b => 1 }, c => [2] }
sub form_decode {
    my ($form) = @_;
    my %decoded;
    for my $pair (split /&/, $form) {
        my ($name, $value) = map { url_unescape(tr/+/ /r) } split /=/, $pair, 2;
        my ($first, @more) = ($name =~ /^([^\[]+)/, $name =~ /\[([^\]]*)\]/g);
        my $at = \$decoded{$first};
        for my $key (@more) {
            $at = $key =~ /^\d+$/ && ref $$at ne 'HASH' ? \$$at->[$key] : \$$at->{$key};
        }
        die "$name is given twice\n" if defined $$at;
        $$at = $value;
    }
    return \%decoded;
}

# Everything that Stripe would not take, as text.
sub mistakes {
    my ($self, $method, $path, $form) = @_;
    my $operation = $self->_operation($method, $path) or return "no operation $method $path";
    my $schema = $method eq 'GET' ? _query_schema($operation)
        : $operation->{requestBody}{content}{'application/x-www-form-urlencoded'}{schema};
    return _check($schema, $form, 'form');
}

sub _operation {
    my ($self, $method, $path) = @_;
    my $paths = $self->{spec}{paths};
    for my $template (keys %$paths) {
        my $pattern = join '[^/]+', map { quotemeta } split /\{[^}]+\}/, $template, -1;
        return $paths->{$template}{ lc $method } if $path =~ /^$pattern$/;
    }
    return undef;
}

sub _query_schema {
    my ($operation) = @_;
    my @query = grep { $_->{in} eq 'query' } @{ $operation->{parameters} || [] };
    return {
        type => 'object', additionalProperties => 0,
        properties => { map { ($_->{name} => $_->{schema}) } @query },
        required => [map { $_->{name} } grep { $_->{required} } @query],
    };
}

my %text_of = (
    integer => qr/\A-?[0-9]+\z/,
    number => qr/\A-?[0-9]+(?:\.[0-9]+)?\z/,
    boolean => qr/\A(?:true|false)\z/,
    string => qr/\A.*\z/s,
);

sub _check {
    my ($schema, $value, $where) = @_;
    if ($schema->{anyOf}) {
        my @tries = map { [_check($_, $value, $where)] } @{ $schema->{anyOf} };
        return (grep { !@$_ } @tries) ? () : map { @$_ } @tries;
    }
    my $type = $schema->{type} || die "$where: a schema without a type\n";
    return _check_object($schema, $value, $where) if $type eq 'object';
    return _check_array($schema, $value, $where) if $type eq 'array';
    return "$where: no $type" if ref $value || $value !~ $text_of{$type};
    return "$where: $value is none of the known words"
        if $schema->{enum} && !grep { $_ eq $value } @{ $schema->{enum} };
    return "$where: longer than $schema->{maxLength}"
        if $schema->{maxLength} && length $value > $schema->{maxLength};
    return;
}

sub _check_object {
    my ($schema, $value, $where) = @_;
    return "$where: no object" if ref $value ne 'HASH';
    my @mistakes = map { "$where: $_ is missing" }
        grep { !exists $value->{$_} } @{ $schema->{required} || [] };
    for my $name (sort keys %$value) {
        my $member = ($schema->{properties} || {})->{$name} || $schema->{additionalProperties};
        push @mistakes, ref $member eq 'HASH' ? _check($member, $value->{$name}, "$where.$name")
            : "$where: $name is unknown";
    }
    return @mistakes;
}

sub _check_array {
    my ($schema, $value, $where) = @_;
    return "$where: no array" if ref $value ne 'ARRAY';
    return map { _check($schema->{items}, $value->[$_], "$where.$_") } 0 .. $#$value;
}

1;
