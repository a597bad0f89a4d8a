package Double::Log;

# Every request as received and the answer given, one JSON text each. Secrets keep 4 characters.

use Mojo::Base -base, -signatures;
use Mojo::JSON qw(encode_json);
use Time::HiRes ();
use Double::Util qw(iso_time);

use constant { MAX_ENTRIES => 200_000, MAX_BYTES => 512 << 20, MAX_BODY => 64 << 10 };

has entries => sub { [] };
has bytes => 0;
has count => 0;
has 'handle';

sub open_file ($self, $path) {
    open my $handle, '>>', $path or die "cannot open $path: $!\n";
    $handle->autoflush(1);
    $self->handle($handle);
}

# Number and time are taken when the request arrives; the line is written when it is settled.
sub begin ($self, $request) {
    $self->count($self->count + 1);
    return { n => $self->count, at => iso_time(Time::HiRes::time()), method => $request->{method},
        path => $request->{path}, headers => masked($request->{headers}),
        params => $request->{params} };
}

sub masked ($headers) {
    my %shown = %$headers;
    for my $name (qw(authorization stripe-signature cookie)) {
        next if !defined $shown{$name};
        my ($scheme) = $shown{$name} =~ /^(Bearer|Basic) /i;
        $shown{$name} = ($scheme ? "$scheme " : '') . '...' . substr($shown{$name}, -4);
    }
    return \%shown;
}

# $answer: { status, body } or undef when nothing was sent; %more: fault, executed, result, ...
sub finish ($self, $entry, $answer, %more) {
    my %line = (%$entry, %more, status => $answer ? $answer->{status} : undef);
    my $text = encode_json(\%line);
    chop $text;
    $text .= ',"response":' . ($answer ? shown_body($answer) : 'null') . '}';
    $self->append($entry->{n}, $text);
}

# A JSON answer goes in as it is; anything else (or too long) as a text.
sub shown_body ($answer) {
    my ($type, $body) = ($answer->{type} // 'application/json', $answer->{body} // '');
    return 'null' if $body eq '';
    return encode_json(substr($body, 0, 200)) if length $body > MAX_BODY;
    return $type =~ /json/ && !$answer->{broken} ? $body : encode_json($body);
}

sub append ($self, $n, $text) {
    my $entries = $self->entries;
    push @$entries, [$n, $text];
    my $bytes = $self->bytes + length $text;
    while (@$entries > MAX_ENTRIES || $bytes > MAX_BYTES) {
        $bytes -= length((shift @$entries)->[1]);
    }
    $self->bytes($bytes);
    my $handle = $self->handle;
    print $handle "$text\n" if $handle;
}

# Lines finish out of order, so "since" is compared one by one.
sub since ($self, $n, $limit) {
    my @lines = map { $_->[1] } sort { $a->[0] <=> $b->[0] } grep { $_->[0] > $n }
        @{ $self->entries };
    @lines = @lines[0 .. $limit - 1] if $limit && @lines > $limit;
    return '[' . join(",\n", @lines) . "]\n";
}

sub reset ($self) {
    $self->entries([]);
    $self->bytes(0);
    $self->count(0);
}

1;
