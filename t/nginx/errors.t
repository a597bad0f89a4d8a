# Errors of nginx itself have the shape of the api that was asked, and every answer its request
# id.

use strict;
use warnings;

use IO::Socket::INET;
use T::Api qw(is_problem is_status json_of);
use T::FastCGI qw(answer_parse);
use T::Nginx;
use T::Proc qw(top_dir slurp);
use Test::More;

my @origins = ('https://app.example', 'https://b.example:8443');
my $nginx = T::Nginx->start(routes => '', site => <<"END",
set \$purser_cors_origins " $origins[0]  $origins[1] ";
limit_req zone=purser_credential nodelay;
limit_req_status 429;
END
    limits => <<'END');
limit_req_zone $http_x_limited zone=purser_credential:1m rate=1r/m;
limit_conn_zone $purser_upstream zone=purser_upstream:1m;
map $host $purser_rates { default "1 a minute"; }
END
my $http = $nginx->http;

sub ask {
    my ($method, $uri, %rest) = @_;
    return $http->request({ method => $method, uri => $uri, %rest });
}

sub raw {
    my ($text) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $nginx->{port})
        or die "connect: $!";
    print {$socket} $text;
    my $answer = do { local $/; <$socket> };
    $answer =~ s{^HTTP/1.1 (\d+)[^\r\n]*}{Status: $1};
    return answer_parse($answer);
}

like($nginx->check, qr/syntax is ok/, 'nginx -t likes the files');
unlike($nginx->check, qr/\[warn\]/, 'nginx -t warns of nothing');

my @apis = (
    [prop => '/v2/nothing', 'V2_NOT_FOUND'],
    [journal => '/api/v1/trades', 'not_found'],
    [partner => '/connect/v1/payouts', 'not_found'],
    [partner => '/payouts/po_1', 'not_found'],
    [marketplace => '/api/v1/integrations/stripe-connect/accounts', 'NOT_FOUND'],
    [marketplace => '/v1/integrations/stripe-connect/accounts', 'NOT_FOUND'],
);
for (@apis) {
    my ($api, $path, $code) = @$_;
    is_problem(ask(GET => $path), 404, $code, "GET $path: 404 in the shape of $api", $api);
    is_problem(ask(POST => $path, body => '{}'), 404, $code,
        "POST $path: 404 in the shape of $api", $api);
}
is_problem(ask(GET => '/connect/v1/' . 'x' x 9000), 414, 'uri_too_long',
    'a path that is too long gets the shape of its api', 'partner');

my $marketplace = json_of(ask(GET => '/v1/integrations/x'));
like($marketplace->{timestamp}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/,
    'an error of the marketplace has its time');
is_deeply($marketplace->{details}, {}, 'an error of the marketplace has details');

is_problem(ask(POST => '/v2/payments/checkout', body => 'x' x 65537), 413,
    'V2_PAYLOAD_TOO_LARGE', 'a body over 64 KiB is refused');
is_problem(ask(POST => '/v2/payments/checkout', body => 'x' x 65536), 502, 'V2_UNAVAILABLE',
    'a body of 64 KiB passes (no worker runs here)');
is_problem(ask(POST => '/v2/webhooks/stripe', body => 'x' x 262145), 413,
    'V2_PAYLOAD_TOO_LARGE', 'an event over 256 KiB is refused');
is_problem(ask(POST => '/v2/webhooks/stripe', body => 'x' x 262144), 502, 'V2_UNAVAILABLE',
    'an event of 256 KiB passes (no worker runs here)');

my $refused = ask(POST => '/', body => 'x');
is_problem($refused, 405, 'V2_METHOD_NOT_ALLOWED', 'a page takes no POST');
is($refused->{headers}{allow}, 'GET, HEAD', 'the refusal of a POST to a page names GET and HEAD');
is_status(ask(GET => '/'), 200, 'a page takes GET');

my $down = ask(GET => '/health');
is_problem($down, 502, 'V2_UNAVAILABLE', '/health is 502 without a worker');
is($down->{headers}{'retry-after'}, 1, 'the 502 has Retry-After');
ok(json_of($down)->{detail}{retryable}, 'the 502 is retryable');

is_problem(raw("NONSENSE\r\n\r\n"), 400, 'V2_BAD_REQUEST', 'a request that is no HTTP is refused');
my $large = raw("GET / HTTP/1.1\r\nHost: x\r\nX: " . 'y' x 20000 . "\r\n\r\n");
is_problem($large, 431, 'V2_HEADERS_TOO_LARGE', 'a header that is too large is refused');
is_problem(raw("GET / HTTP/1.1\r\nHost: x\r\n" . join('', map { "X-$_: " . 'y' x 7000 . "\r\n" }
    1 .. 6) . "\r\n"), 431, 'V2_HEADERS_TOO_LARGE', 'headers that are too large are refused');
is_problem(raw("TRACE /v2/payments/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 405,
    'V2_METHOD_NOT_ALLOWED', 'the method TRACE is refused');

my $kept = ask(GET => '/v2/nothing', headers => { 'X-Request-ID' => 'Ab.9_-' });
is($kept->{headers}{'request-id'}, 'Ab.9_-', 'a valid X-Request-ID is kept');
is_problem($kept, 404, 'V2_NOT_FOUND', 'a valid X-Request-ID is in the body');
for my $bad ('a b', 'x' x 65, '<x>', '"') {
    my $answer = ask(GET => '/v2/nothing', headers => { 'X-Request-ID' => $bad });
    isnt($answer->{headers}{'request-id'}, $bad, "the X-Request-ID $bad is not kept");
    is_problem($answer, 404, 'V2_NOT_FOUND', 'a bad X-Request-ID is replaced by one of ours');
}

# --- limits, and headers for browsers, on each error that nginx answers ------------------

sub message_of { return json_of($_[0])->{detail}{message} }
sub cors_of {
    my ($answer) = @_;
    return join ' ', map { $answer->{headers}{$_} // '-' } qw(access-control-allow-origin vary);
}

my $long = ask(GET => '/v2/' . 'x' x 9000);
like(message_of($long), qr/longer than 8192 bytes/, 'a path that is too long is told the limit');
like(message_of($large), qr/larger than 8192 bytes/,
    'a header that is too large is told the limit');
for (['/v2/payments/free', 65_536], ['/v2/webhooks/stripe/x', 262_144], ['/v2/nothing', 65_536]) {
    my ($uri, $bytes) = @$_;
    my $answer = ask(POST => $uri, body => 'x' x ($bytes + 1));
    like(message_of($answer), qr/larger than $bytes bytes/,
        "POST $uri: a body that is too large is told the limit");
}
like(message_of(ask(GET => '/v2/connect/foo')), qr/^no such route$/,
    'a path beside those of a program says that there is no such route');

my %error = (
    400 => [GET => '/v2/%zz'], 404 => [GET => '/v2/connect/foo'], 405 => [POST => '/', body => 'x'],
    413 => [POST => '/connect/v1/x', body => 'x' x 70_000], 414 => [GET => '/v2/' . 'x' x 9000],
    429 => [GET => '/api/v1/payouts', headers => { 'X-Limited' => 'me' }],
    431 => [GET => '/v2/x', headers => { 'X-Large' => 'y' x 20_000 }],
    502 => [GET => '/api/v1/payouts'],
);
my %unread = (400 => 1, 414 => 1);    # the Origin comes behind what nginx cannot take
ask(GET => '/api/v1/payouts', headers => { 'X-Limited' => 'me' });
for my $status (sort keys %error) {
    my ($method, $uri, %rest) = @{ $error{$status} };
    my $with = sub {
        my ($origin) = @_;
        # Before the large header: nginx reads no further.
        return raw("GET $uri HTTP/1.1\r\nHost: x\r\nOrigin: $origin\r\nX-Large: "
            . 'y' x 20_000 . "\r\n\r\n") if $status == 431;
        return ask($method, $uri, %rest,
            headers => { %{ $rest{headers} || {} }, Origin => $origin });
    };
    for my $origin (@origins) {
        my $answer = $with->($origin);
        is_status($answer, $status, "nginx's $status for $origin");
        is(cors_of($answer), ($unread{$status} ? '*' : $origin) . ' Origin',
            "nginx's $status: $origin may read it");
        like($answer->{headers}{'access-control-expose-headers'},
            qr/\bRequest-Id\b.*\bRetry-After\b/, "nginx's $status: a page sees its headers");
        is($answer->{headers}{'retry-after'}, $status =~ /^(?:429|502)$/ ? 1 : undef,
            "nginx's $status: Retry-After where a repeat helps");
    }
    is(cors_of($with->($_)), '- Origin', "nginx's $status: $_ may not read it")
        for grep { !$unread{$status} } 'https://evil.example', "$origins[0].evil",
            "$origins[0] $origins[1]", 'null', "x|$origins[0]", uc $origins[0];
    is($with->($origins[0])->{headers}{'access-control-allow-methods'}, undef,
        "nginx's $status is no preflight's answer");
}
is(message_of(ask(GET => '/v2/payments/x', headers => { 'X-Limited' => 'me' })),
    'more requests than 1 a minute, try again in a second', 'a limited client is told the rate');
my $limits = slurp(top_dir() . '/nginx/limits.conf');
my ($words) = $limits =~ /\tdefault "(.*)"/;
is_deeply([$words =~ /(\d+) a second/g], [$limits =~ /rate=(\d+)r/g],
    'limits.conf: the words have the rates');

my $preflight = ask(OPTIONS => '/v2/connect/foo', headers => { Origin => $origins[1],
    'Access-Control-Request-Method' => 'PUT' });
is_status($preflight, 204, 'a preflight of any path is answered');
is(cors_of($preflight), "$origins[1] Origin", 'a preflight names the origin');
is(ask(OPTIONS => '/v2/nothing', headers => { Origin => 'https://evil.example' })->{status}, 404,
    'a preflight of another origin is none');

my @lines = split /\n/, $nginx->access_text;
my @broken = grep { !eval { JSON::PP->new->decode($_) } } @lines;
is_deeply(\@broken, [], 'every line of the access log is JSON');

done_testing;
