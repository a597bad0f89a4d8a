package T::Http;

# A small HTTP client: one request (HTTP::Tiny), or many at once (Mojo::UserAgent).
# Requests are { method, uri, headers => {...}, body }; answers { status, headers, body }, names of
# headers in lower case; a header that came twice has an array.  Status 599 = no answer.

use strict;
use warnings;

use HTTP::Tiny;

sub new {
    my ($class, $base, %options) = @_;
    $base =~ s{/$}{};
    return bless { base => $base, timeout => $options{timeout} || 60 }, $class;
}

sub base { return $_[0]{base} }

sub request {
    my ($self, $request) = @_;
    my $http = HTTP::Tiny->new(timeout => $self->{timeout}, max_redirect => 0, proxy => undef,
        no_proxy => '127.0.0.1', agent => 't/');
    my $answer = $http->request($request->{method} || 'GET', $self->{base} . $request->{uri}, {
        headers => $request->{headers} || {},
        defined $request->{body} ? (content => $request->{body}) : (),
    });
    return { status => $answer->{status}, headers => $answer->{headers},
        body => $answer->{content} };
}

# Sends all requests at the same time, each over its own connection; the answers have the order of
# the requests.
sub parallel {
    my ($self, @requests) = @_;
    require Mojo::UserAgent;
    require Mojo::Promise;
    my $ua = Mojo::UserAgent->new(max_connections => 0, request_timeout => $self->{timeout},
        inactivity_timeout => $self->{timeout}, max_redirects => 0);
    my @answers;
    my @promises = map {
        my $i = $_;
        my $request = $requests[$i];
        my $tx = $ua->build_tx($request->{method} || 'GET', $self->{base} . $request->{uri},
            $request->{headers} || {}, defined $request->{body} ? $request->{body} : ());
        $ua->start_p($tx)->then(sub { $answers[$i] = _answer(shift->res) },
            sub { $answers[$i] = { status => 599, headers => {}, body => "$_[0]" } });
    } 0 .. $#requests;
    Mojo::Promise->all(@promises)->wait;
    return @answers;
}

sub _answer {
    my ($res) = @_;
    my $headers = $res->headers->to_hash(1);
    return {
        status => $res->code,
        body => $res->body,
        headers => { map {
            my $values = $headers->{$_};
            (lc $_ => @$values == 1 ? $values->[0] : $values)
        } keys %$headers },
    };
}

1;
