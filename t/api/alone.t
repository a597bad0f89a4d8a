# Protects: each program answers without a web server, through libfcgi's own client, as it does
# behind nginx.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Events qw(event delivery);
use T::FastCGI qw(cgi_fcgi);
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;
my ($tenant) = $purser->tenants;
my ($checkout, $account) = $purser->buy;
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);

sub socket_of {
    my ($listener) = @_;
    return $listener eq 'upstream' ? $purser->payments->socket_upstream
        : $listener eq 'webhooks' ? $purser->webhooks->socket : $purser->payments->socket;
}

# Status, the headers that we make, and the body, without what differs from request to request.
sub seen {
    my ($answer) = @_;
    my %headers = %{ $answer->{headers} };
    my $id = $headers{'request-id'} // 'none';
    return join "\n", $answer->{status}, map({ "$_: " . ($headers{$_} // '') }
        qw(content-type allow retry-after www-authenticate idempotent-replayed)),
        $answer->{body} =~ s/\Q$id\E/(id)/gr;
}

sub is_same {
    my ($listener, $request, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $alone = cgi_fcgi(socket_of($listener), $request);
    is($alone->{status}, $status, "$name: the status is $status");
    like($alone->{headers}{'request-id'}, qr/^req_[0-9a-f]{32}$/,
        "$name: the program makes a request id of its own");
    is($alone->{headers}{'content-length'}, length $alone->{body},
        "$name: Content-Length is right");
    return is(seen($alone), seen($purser->nginx->http->request($request)),
        "$name: the answer is the same as through nginx");
}

my $stranger = $api->with(token => 'unknown');
my $list = '/v2/payments/prop-accounts';
my @same = (
    # listener, client and arguments, status
    ['main', [$api, 'GET', '/health'], 200],
    ['main', [$api, 'GET', $list], 200],
    ['main', [$api, 'GET', "$list?limit=1&starting_after=$account->{id}"], 200],
    ['main', [$api, 'GET', "$list/failed"], 200],
    ['main', [$api, 'GET', "$list/$account->{id}"], 200],
    ['main', [$api, 'GET', "/v2/payments/$checkout->{payment_id}"], 200],
    ['upstream', [$api, 'POST', "/v2/lifecycle/sync/$account->{id}", '{}'], 200],
    ['main', [$api, 'GET', "$list/prop_none"], 404],
    ['main', [$api, 'GET', "$list?limit=x"], 422],
    ['main', [$api, 'POST', '/v2/payments/free', '{}'], 422],
    ['main', [$api, 'POST', '/v2/payments/free', '{"a"'], 400],
    ['main', [$api, 'PUT', '/v2/payments/free', '{}'], 405],
    ['upstream', [$api, 'POST', '/v2/payments/checkout', $purser->checkout_body(amount_cents => 1)],
        422],
    ['main', [$stranger, 'GET', $list], 401],
    ['main', [$api->with(session => undef), 'GET', $list], 401],
);
for (@same) {
    my ($listener, $what, $status) = @$_;
    my ($client, @arguments) = @$what;
    is_same($listener, $client->request_of(@arguments), $status,
        "$arguments[0] $arguments[1]");
}
my $event = delivery(event('x', { id => 'ch_1' }));
is_same('webhooks', $event, 200, 'an event');
is_same('webhooks', { %$event, body => "$event->{body} " }, 400, 'an event with a wrong signature');

subtest 'a program alone: what has an effect' => sub {
    my $request = $api->request_of(POST => '/v2/payments/checkout', $purser->checkout_body,
        'Idempotency-Key' => 'alone');
    my $alone = cgi_fcgi(socket_of('upstream'), $request);
    is_status($alone, 200, 'a checkout is answered');
    my $behind = $purser->nginx->http->request($request);
    is($behind->{body}, $alone->{body},
        'a checkout with the same key through nginx: the same bytes');
    is($behind->{headers}{'idempotent-replayed'}, 'true',
        'a checkout with the same key through nginx is marked as a replay');
    is_status(cgi_fcgi(socket_of('main'), $api->request_of(POST => '/v2/payments/free', \%free)),
        200, 'a free account is made');
    my $big = $api->request_of(POST => '/v2/payments/free',
        JSON::PP->new->canonical->encode(\%free) . ' ' x 60_000);
    is_status(cgi_fcgi(socket_of('main'), $big), 200,
        'a free account is made by a body of 60 kB');
};

subtest 'a program alone: a request id' => sub {
    my $request = $api->request_of(GET => '/v2/payments/prop-accounts/none', undef,
        'X-Request-ID' => 'mine');
    my $answer = cgi_fcgi(socket_of('main'), $request);
    is($answer->{headers}{'request-id'}, 'mine', 'the request id of the client is kept');
    is(json_of($answer)->{request_id}, 'mine',
        'the body of the error has the request id of the client');
    like($answer->{headers}{'x-purser-route'} . ' ' . $answer->{headers}{'x-purser-problem'},
        qr/^payments\.prop_account_get V2_NOT_FOUND$/,
        'headers for nginx name the route and the problem');
    unlike($purser->payments->log_text, qr/req=mine/,
        "the program's log has no line for a request; nginx writes it");
};

subtest "a program alone: nginx's log" => sub {
    my ($tenant) = $purser->tenants;
    my $answer = $purser->nginx->http->request(
        $api->request_of(GET => '/v2/payments/prop-accounts/none', undef,
            'X-Request-ID' => 'logged'));
    is_status($answer, 404, 'an account that does not exist is not found');
    is_deeply([grep { /^x-purser/ } keys %{ $answer->{headers} }], [],
        'the client sees no header that is meant for nginx');
    my ($line) = grep { $_->{request} eq 'logged' } map { JSON::PP->new->decode($_) } split /\n/,
        $purser->nginx->access_text;
    is_deeply([@$line{qw(method path status route tenant problem)}],
        ['GET', '/v2/payments/prop-accounts/none', 404, 'payments.prop_account_get',
            $tenant->{id}, 'V2_NOT_FOUND'],
        'the line in the access log names route, tenant and problem');
};

# Both listeners know every route: nginx chooses the listener.
is_status(cgi_fcgi(socket_of('upstream'), $api->request_of(GET => $list)), 200,
    'the listener for upstream calls serves a list as well');

subtest 'a program alone: without the parameters that nginx always sends' => sub {
    my $bare = $purser->payments->request({ method => 'GET' });
    is_problem($bare, 404, 'V2_NOT_FOUND', 'a request without URI is not found');
    is_status($purser->payments->request({ method => 'GET', uri => '/health' }), 200,
        'a request without any header is answered');
};

done_testing;
