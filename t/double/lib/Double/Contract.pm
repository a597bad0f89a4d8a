package Double::Contract;

# Validates requests, answers and events by Stripe's schema (spec3.subset.json, OpenAPI 3.1), where
# that file is at hand. Closed objects; in requests every value is a text, so types are patterns.

use Mojo::Base -base, -signatures;
use B ();
use Mojo::File ();
use Mojo::JSON qw(decode_json);

has 'spec';
has paths => sub ($self) { compile_paths($self->spec->{paths}) };
has found => sub { [] };
has strange => sub { [] };  # values beyond Stripe's lists that a test made on purpose
has judged => sub { { calls => 0, events => 0 } };

use constant MAX_FOUND => 1000;

sub load ($class, $directory) {
    my $file = Mojo::File->new($directory, 'spec3.subset.json');
    die "$file is not there\n" if !-r "$file";
    return $class->new(spec => decode_json($file->slurp));
}

sub compile_paths ($paths) {
    return [map { my $path = $_;
        my $regex = join '[^/]+', map { quotemeta } split /\{\w+\}/, $path, -1;
        [qr{^$regex$}, $paths->{$path}, $path] } sort keys %$paths];
}

# The subset lacks GET /v1/account, which is answered as another account would be.
sub operation ($self, $method, $path) {
    $path = '/v1/accounts/own' if $path eq '/v1/account';
    for my $row (@{ $self->paths }) {
        next if $path !~ $row->[0] || !$row->[1]{ lc $method };
        return $row->[1]{ lc $method };
    }
    return undef;
}

# ---- one call, one event: what is wrong, as texts --------------------------------------------

sub judge_call ($self, $request, $answer) {
    my $operation = $self->operation($request->{method}, $request->{path})
        // return $self->note("unknown operation $request->{method} $request->{path}");
    $self->judged->{calls}++;
    my @wrong = $self->judge_request($operation, $request);
    my $responses = $operation->{responses};
    my $schema = ($responses->{ $answer->{status} } // $responses->{default})->{content}
        {'application/json'}{schema};
    my $data = eval { decode_json($answer->{body}) };
    push @wrong, ref $data ? map { "answer $_" } $self->check($schema, $data, '', 0)
        : 'answer: not JSON';
    return $self->note(map { "$request->{method} $request->{path}: $_" } @wrong);
}

sub judge_request ($self, $operation, $request) {
    my $tree = { %{ $request->{params} } };
    delete $tree->{client_secret} if ($request->{headers}{authorization} // '') =~ /pk_/;
    $tree->{file} = $tree->{file}{filename} if ref $tree->{file};
    my $body = $operation->{requestBody};
    my ($schema) = $body ? values %{ $body->{content} } : ();
    $schema = $schema ? $schema->{schema} : query_schema($operation);
    return map { "request $_" } $self->check($schema, $tree, '', 1);
}

sub query_schema ($operation) {
    my @query = grep { $_->{in} eq 'query' } @{ $operation->{parameters} // [] };
    return { type => 'object', additionalProperties => Mojo::JSON->false,
        properties => { map { $_->{name} => $_->{schema} } @query },
        required => [map { $_->{name} } grep { $_->{required} } @query] };
}

sub judge_event ($self, $event) {
    $self->judged->{events}++;
    my $schema = $self->spec->{components}{schemas}{event};
    my $objects = $schema->{'x-data-object'} // $schema->{properties}{type}{'x-data-object'};
    my @wrong = $self->check($schema, $event, '', 0);
    my $names = $objects->{ $event->{type} };
    if (!$names) { push @wrong, "no object is known for $event->{type}" }
    else {
        my @each = map { [$self->check({ '$ref' => "#/components/schemas/$_" },
            $event->{data}{object}, '/data/object', 0)] } split /\|/, $names;
        push @wrong, @{ $each[0] } if !grep { !@$_ } @each;
    }
    return $self->note(map { "event $event->{type}: $_" } @wrong);
}

sub note ($self, @wrong) {
    push @{ $self->found }, @wrong if @{ $self->found } < MAX_FOUND;
    return @wrong;
}

# ---- the schema ------------------------------------------------------------------------------

# $form: a decoded form (texts only) instead of JSON.
sub check ($self, $schema, $data, $path, $form) {
    if (my $ref = $schema->{'$ref'}) {
        my ($name) = $ref =~ m{^#/components/schemas/(.+)$} or die "cannot follow $ref";
        return $self->check($self->spec->{components}{schemas}{$name}, $data, $path, $form);
    }
    if (my $choices = $schema->{anyOf} // $schema->{oneOf}) {
        return $self->check_choices($choices, $data, $path, $form);
    }
    my @types = ref $schema->{type} ? @{ $schema->{type} } : ($schema->{type} // ());
    my $type = @types ? (grep { is_type($_, $data, $form) } @types)[0] : '';
    return "$path: is not " . join(' or ', @types) if !defined $type;
    return if $type eq 'null';
    return "$path: '$data' is not one of the known values" if $schema->{enum}
        && !grep { same($_, $data) } @{ $schema->{enum} }, @{ $self->strange };
    return $self->check_object($schema, $data, $path, $form) if $type eq 'object';
    return $self->check_array($schema, $data, $path, $form) if $type eq 'array';
    return check_text($schema, $data, $path) if $type eq 'string';
    return;
}

# The alternative with the fewest mistakes is the one that was meant.
sub check_choices ($self, $choices, $data, $path, $form) {
    my $best;
    for my $choice (@$choices) {
        my @wrong = $self->check($choice, $data, $path, $form);
        return if !@wrong;
        my $depth = () = $wrong[0] =~ m{/}g;
        $best = [$depth, @wrong] if !$best || $depth > $best->[0];
    }
    return @$best[1 .. $#$best];
}

sub same ($allowed, $data) {
    return 0 if !defined $allowed || !defined $data;
    return "$allowed" eq "$data";
}

sub check_object ($self, $schema, $data, $path, $form) {
    my $properties = $schema->{properties} // {};
    my $more = $schema->{additionalProperties};
    my @wrong = map { "$path/$_: is missing" } grep { !exists $data->{$_} }
        @{ $schema->{required} // [] };
    for my $name (sort keys %$data) {
        my $inner = $properties->{$name} // (ref $more eq 'HASH' ? $more : undef);
        if ($inner) { push @wrong, $self->check($inner, $data->{$name}, "$path/$name", $form) }
        elsif (defined $more && !$more) { push @wrong, "$path/$name: is unknown" }
    }
    return @wrong;
}

sub check_array ($self, $schema, $data, $path, $form) {
    my @items = ref $data eq 'ARRAY' ? @$data : @$data{ sort { $a <=> $b } keys %$data };
    my $n = 0;
    return map { $self->check($schema->{items} // {}, $_, "$path/" . $n++, $form) } @items;
}

sub check_text ($schema, $data, $path) {
    return "$path: '$data' does not match $schema->{pattern}"
        if defined $schema->{pattern} && $data !~ /$schema->{pattern}/;
    return "$path: is longer than $schema->{maxLength}"
        if defined $schema->{maxLength} && length $data > $schema->{maxLength};
    return;
}

sub is_type ($type, $data, $form) {
    return is_form_type($type, $data) if $form;
    return !defined $data if $type eq 'null';
    return 0 if !defined $data;
    return ref $data eq 'HASH' if $type eq 'object';
    return ref $data eq 'ARRAY' if $type eq 'array';
    return ref($data) =~ /Boolean$/ if $type eq 'boolean';
    return 0 if ref $data;
    my $number = B::svref_2object(\$data)->FLAGS & (B::SVf_IOK | B::SVf_NOK)
        && !(B::svref_2object(\$data)->FLAGS & B::SVf_POK);
    return !$number if $type eq 'string';
    return $number && ($type eq 'number' || $data == int $data);
}

my %FORM = (integer => qr/^-?[0-9]+$/, boolean => qr/^(?:true|false)$/,
    number => qr/^-?[0-9]+(?:\.[0-9]+)?$/, string => qr/^/);

sub is_form_type ($type, $data) {
    return ref $data eq 'HASH' if $type eq 'object';
    return ref $data eq 'ARRAY' || ref $data eq 'HASH' && !grep { !/^\d+$/ } keys %$data
        if $type eq 'array';
    return !ref $data && defined $data && $FORM{$type} && $data =~ $FORM{$type};
}

1;
