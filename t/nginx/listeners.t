# nginx sends each route to its listener, passes exactly the parameters that workers read, and
# a full listener is refused at once while the other one answers.

use strict;
use warnings;

use POSIX ();
use T::Api qw(is_problem is_status json_of);
use T::FastCGIServer;
use T::Nginx;
use T::Proc qw(temp_dir slurp);
use Test::More;
use Time::HiRes qw(time);

my $dir = temp_dir('sockets');

# As a program that ends: closes a kept connection when a request comes on it.
sub leave {
    my ($request) = @_;
    open my $file, '>>', "$dir/left" or die "open: $!";
    print {$file} "$request\n";
    close $file;
    return POSIX::_exit(0);
}

for my $name (qw(payments payments-upstream webhooks)) {
    my $served = 0;    # each connection has a process of its own
    T::FastCGIServer->start("$dir/$name.sock", answer => sub {
        my ($params, $body) = @_;
        leave("$params->{REQUEST_METHOD} $name") if $params->{REQUEST_URI} =~ /[?&]once/ && $served;
        $served++;
        select undef, undef, undef, $1 if $params->{REQUEST_URI} =~ /[?&]pause=([\d.]+)/;
        return "Status: 200\r\nContent-Type: application/json\r\nRequest-Id: workers\r\n\r\n"
            . JSON::PP->new->canonical->encode({ listener => $name, params => $params,
            bytes => length $body });
    });
}
my $nginx = T::Nginx->start(sockets => $dir,
    limits => <<'END',
limit_req_zone $purser_credential zone=purser_credential:1m rate=5r/s;
limit_req_zone $binary_remote_addr zone=purser_address:1m rate=100000r/s;
limit_conn_zone $purser_upstream zone=purser_upstream:1m;
END
    site => <<'END',
set $purser_cors_origins https://app.example;
limit_req zone=purser_credential burst=20 nodelay;
limit_req_status 429;
limit_conn purser_upstream 2;
limit_conn_status 503;
END
    replace => { 'fastcgi_read_timeout 60s' => 'fastcgi_read_timeout 2s' });
my $http = $nginx->http;
my $user = 0;
my $page = 'https://app.example';

# Each request as somebody else, so that only the test of the limit meets it.
sub ask {
    my ($method, $uri, %headers) = @_;
    return { method => $method, uri => $uri,
        headers => { Authorization => 'Bearer t' . ++$user, %headers },
        $method eq 'POST' ? (body => '{}') : () };
}

sub listener_of { return json_of($http->request(ask(@_)))->{listener} }

my @listeners = (
    [POST => '/v2/payments/checkout', 'payments-upstream'],
    [POST => '/v2/payments/checkout?x=1', 'payments-upstream'],
    [POST => '/v2/payments/%63heckout', 'payments-upstream'],
    [GET => '/v2/payments/checkout', 'payments'],
    [POST => '/v2/payments/checkout/more', 'payments'],
    [POST => '/v2/lifecycle/sync/prop_1', 'payments-upstream'],
    [GET => '/v2/payments/prop-accounts', 'payments'],
    [GET => '/v2/payments', 'payments'],
    [POST => '/v2/payments/free', 'payments'],
    [POST => '/v2/webhooks/stripe', 'webhooks'],
    [POST => '/v1/webhooks/stripe', 'webhooks'],
    [GET => '/health', 'payments'],
    [PUT => '/v2/payments/checkout', 'payments'],
    [OPTIONS => '/v2/payments/checkout', 'payments'],
    [GET => '/v2/payments/a/b', 'payments'],
    [GET => '/v2/pay%6Dents/a/b', 'payments'],
    [GET => '/v2/webhooks/stripe', 'webhooks'],
);
is(listener_of($_->[0], $_->[1]), $_->[2], "$_->[0] $_->[1] goes to its listener") for @listeners;

is_problem($http->request(ask(GET => $_)), 404, 'V2_NOT_FOUND', "GET $_ goes to no program")
    for qw(/v2 /v2/nothing /v2/payment /v2/lifecycle /v2/webhooks /healthy /V2/payments/x);

my %sent = (
    'Authorization' => 'Bearer a', 'X-Session-Token' => 'b', 'X-Prop-Account' => 'c',
    'Idempotency-Key' => 'd', 'X-Idempotency-Key' => 'e', 'X-Request-ID' => 'f',
    'Stripe-Signature' => 'g', 'Origin' => 'h', 'Accept' => 'i',
    'Content-Type' => 'application/json',
    'Cookie' => 'secret', 'X-Forwarded-For' => '10.0.0.1', 'X-Anything' => 'else', 'Proxy' => 'no',
);
my $answer = $http->request({ method => 'POST', uri => '/v2/payments/x?y=%20z', headers => \%sent,
    body => '{"a":1}' });
my %passed = map { ('HTTP_' . uc s/-/_/gr => $sent{$_}) } grep { $_ ne 'Cookie' } keys %sent;
is_deeply(json_of($answer)->{params}, {
    REQUEST_METHOD => 'POST', REQUEST_URI => '/v2/payments/x?y=%20z', CONTENT_LENGTH => 7,
    %passed, HTTP_CONTENT_LENGTH => 7, HTTP_HOST => "127.0.0.1:$nginx->{port}",
}, 'the worker gets the headers but cookies, and what fastcgi_params names');
is($answer->{headers}{'request-id'}, 'f',
    'Request-Id is sent once, and is the one that the worker got');

my $bare = json_of($http->request({ uri => '/v2/payments/x' }))->{params};
is_deeply([sort keys %$bare],
    [qw(HTTP_HOST HTTP_X_REQUEST_ID REQUEST_METHOD REQUEST_URI)],
    'a parameter that the client did not send is not passed');

# Only what changes nothing, or is stored once, meets such a connection, and is sent again.
for ([GET => '/v2/payments/tiers?once', 'payments', 1],
    [POST => '/v2/webhooks/stripe?once', 'webhooks', 1],
    [POST => '/v2/payments/free?once', 'payments', 0],
    [DELETE => '/v2/payments/x?once', 'payments', 0],
    [POST => '/v2/payments/checkout?once', 'payments-upstream', 0]) {
    my ($method, $uri, $name, $again) = @$_;
    my %statuses = map { ($http->request(ask($method, $uri))->{status} => 1) } 1 .. 8;
    is_deeply([sort keys %statuses], [200], "$method $uri: every request is answered");
    my $left = () = (-e "$dir/left" ? slurp("$dir/left") : '') =~ /^$method \Q$name\E$/mg;
    is($left > 0 ? 1 : 0, $again, "$method $uri: " . ($again ? 'some met' : 'none met')
        . ' a kept connection that was closed');
}

my $start = time;
my @answers = $http->parallel(
    (map { ask(POST => '/v2/payments/checkout?pause=1', Origin => $page) } 1 .. 6),
    map { ask(GET => '/v2/payments/prop-accounts') } 1 .. 10);
my @statuses = sort map { $_->{status} } @answers[0 .. 5];
is("@statuses", '200 200 503 503 503 503', 'two requests fit into the listener, more are refused');
my ($full) = grep { $_->{status} == 503 } @answers;
is_problem($full, 503, 'V2_UNAVAILABLE', 'a full listener: the refusal has the usual shape');
is($full->{headers}{'retry-after'}, 1, 'a full listener: the refusal has Retry-After');
is($full->{headers}{'access-control-allow-origin'}, $page, 'a full listener: a page may read it');
is(scalar(grep { $_->{status} == 200 } @answers[6 .. 15]), 10,
    'a full listener: reads go on beside it');
is_status($http->request(ask(POST => '/v2/payments/checkout')), 200,
    'a full listener has room afterwards');

my $late = $http->request(ask(POST => '/v2/payments/checkout?pause=3', Origin => $page));
is_problem($late, 504, 'V2_UNAVAILABLE', 'a worker that does not answer is a 504');
is($late->{headers}{'access-control-allow-origin'}, $page, 'a page may read the 504');

my @greedy = $http->parallel(map { { uri => '/v2/payments/x',
    headers => { Authorization => 'Bearer greedy' } } } 1 .. 40);
my ($limited) = grep { $_->{status} == 429 } @greedy;
ok($limited, 'a credential that asks too much is limited')
    and is_problem($limited, 429, 'V2_RATE_LIMITED',
        'a limited credential: the refusal has the usual shape');
is($limited->{headers}{'retry-after'}, 1, 'a limited credential: the refusal has Retry-After')
    if $limited;
is_status($http->request(ask(GET => '/v2/payments/x')), 200, 'another credential is not limited');

# Without a credential the address is the key; Stripe sends from few of them.
for my $uri (qw(/v2/webhooks/stripe /v1/webhooks/stripe)) {
    my @events = $http->parallel(
        map { { method => 'POST', uri => $uri, body => '{}' } } 1 .. 120);
    is(scalar(grep { $_->{status} == 200 } @events), 120,
        "$uri: 120 events at once from one address are not held to a rate");
}

done_testing;
