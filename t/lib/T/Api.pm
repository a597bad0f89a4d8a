package T::Api;

# A client of the API with its credentials, and the assertions about its answers.
#
#   my $api = T::Api->new(http => $http, token => ..., session => ...);
#   my $answer = $api->POST('/v2/payments/checkout', { tier_id => ... }, 'Idempotency-Key' => 'k1');
#   is_status($answer, 200, 'bought');
#   is_problem($answer, 422, 'V2_UNKNOWN_TIER');
#   is_json($answer, { status => 'active' }, 'the account is active');

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use Test::More ();

our @EXPORT = qw(is_status is_problem is_json json_of);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

sub new {
    my ($class, %options) = @_;
    return bless {%options}, $class;
}

# The same client with something else: $api->with(session => undef).
sub with {
    my ($self, %changes) = @_;
    return (ref $self)->new(%$self, %changes);
}

# The body is a structure (JSON), a text as it is, or undef for none.
sub request_of {
    my ($self, $method, $uri, $body, %headers) = @_;
    my %all = (
        defined $self->{token} ? (Authorization => "Bearer $self->{token}") : (),
        defined $self->{session} ? ('X-Session-Token' => $self->{session}) : (),
        defined $body ? ('Content-Type' => 'application/json') : (),
        %headers,
    );
    delete $all{$_} for grep { !defined $all{$_} } keys %all;
    $body = $json->encode($body) if ref $body;
    return { method => $method, uri => $uri, headers => \%all, body => $body };
}

sub call {
    my ($self, @args) = @_;
    return $self->{http}->request($self->request_of(@args));
}

sub GET { my ($self, $uri, %h) = @_; return $self->call('GET', $uri, undef, %h) }
sub DELETE { my ($self, $uri, %h) = @_; return $self->call('DELETE', $uri, undef, %h) }
sub POST { my ($self, @args) = @_; return $self->call('POST', @args) }
sub PUT { my ($self, @args) = @_; return $self->call('PUT', @args) }

# The same request n times at once, or each of several [method, uri, body, headers].
sub parallel {
    my ($self, @calls) = @_;
    return $self->{http}->parallel(map { $self->request_of(@$_) } @calls);
}

# The pages of a list, each an array of rows, as the Link headers lead from one to the next.
sub pages {
    my ($self, $uri, %headers) = @_;
    my @pages;
    while (defined $uri && @pages < 20) {
        my $answer = $self->GET($uri, %headers);
        push @pages, json_of($answer);
        ($uri) = ($answer->{headers}{link} // '') =~ /^<([^>]+)>; rel="next"$/;
    }
    return @pages;
}

# The decoded body, undef when it is no JSON.
sub json_of {
    my ($answer) = @_;
    return scalar eval { $json->decode($answer->{body}) };
}

sub _tell {
    my ($ok, $answer) = @_;
    Test::More::diag("answer: $answer->{status} $answer->{body}") if !$ok;
    return $ok;
}

sub is_status {
    my ($answer, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return _tell(Test::More::is($answer->{status}, $status, $name || "status $status"), $answer);
}

my %code_of = (
    prop => sub { $_[0]{detail}{code} },
    journal => sub { $_[0]{code} },
    partner => sub { $_[0]{error}{code} },
    marketplace => sub { $_[0]{code} },
);

# Status, code and shape of an error: the request id in the body is that of the header.
sub is_problem {
    my ($answer, $status, $code, $name, $api) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $body = json_of($answer);
    my $got = ref $body eq 'HASH' ? eval { $code_of{ $api || 'prop' }->($body) } : undef;
    my $id = ref $body eq 'HASH' ? $body->{request_id} : undef;
    my $sees = join ' ', $answer->{status}, defined $got ? $got : '(no code)',
        defined $id && $id eq ($answer->{headers}{'request-id'} // '') ? 'with its request id'
        : 'without its request id';
    return _tell(Test::More::is($sees, "$status $code with its request id",
        $name || "$status $code"), $answer);
}

# The answer's members that $expected names have these values ($expected an array: the whole).
sub is_json {
    my ($answer, $expected, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $got = json_of($answer);
    if (ref $expected eq 'HASH' && ref $got eq 'HASH') {
        $got = { map { ($_ => $got->{$_}) } grep { exists $got->{$_} } keys %$expected };
    }
    return _tell(Test::More::is_deeply($got, $expected, $name || 'the answer'), $answer);
}

1;
