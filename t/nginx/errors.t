# Errors of nginx itself have the shape of the api that was asked, and every answer its request
# id.

use strict;
use warnings;

use IO::Socket::INET;
use T::Api qw(is_problem is_status json_of);
use T::FastCGI qw(answer_parse);
use T::Nginx;
use Test::More;

my $nginx = T::Nginx->start(routes => '');
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
is_problem(raw("GET / HTTP/1.1\r\nHost: x\r\nX: " . 'y' x 20000 . "\r\n\r\n"), 400,
    'V2_BAD_REQUEST', 'a header that is too large is refused');
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

my @lines = split /\n/, $nginx->access_text;
my @broken = grep { !eval { JSON::PP->new->decode($_) } } @lines;
is_deeply(\@broken, [], 'every line of the access log is JSON');

done_testing;
