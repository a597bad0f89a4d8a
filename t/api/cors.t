# Protects: pages of the configured origins may call the API from a browser, pages of other origins
# may not, and by default no page may.  t/nginx/errors.t has the errors of nginx.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Nginx;
use T::Proc qw(top_dir slurp);
use T::Purser;
use T::Routes;

my $purser = T::Purser->start(programs => ['purser-payments'], nginx => {
    site => 'set $purser_cors_origins "https://app.example  https://b.example:8443";' });
my $api = $purser->api;
my $list = '/v2/payments/prop-accounts';
my @names = map { "access-control-$_" }
    qw(allow-origin allow-methods allow-headers expose-headers max-age allow-credentials);

sub cors_of {
    my ($answer) = @_;
    return { map { ($_ => $answer->{headers}{$_}) } grep { defined $answer->{headers}{$_} } @names }
}

my %methods = map { $_->{method} => 1 } routes(qw(payments connect payouts webhooks));
for my $origin ('https://app.example', 'https://b.example:8443') {
    subtest "CORS for $origin" => sub {
        my $preflight = $api->with(token => undef, session => undef)->call('OPTIONS',
            '/v2/payments/checkout', undef,
            Origin => $origin, 'Access-Control-Request-Method' => 'POST',
            'Access-Control-Request-Headers' => 'authorization,content-type');
        is($preflight->{status}, 204, 'a preflight needs no credential');
        is($preflight->{headers}{'access-control-allow-origin'}, $origin,
            'a preflight names the origin');
        my %allowed = map { (lc $_ => 1) } map { split /,\s*/, $preflight->{headers}{$_} }
            'access-control-allow-methods', 'access-control-allow-headers';
        ok($allowed{ lc $_ }, "a preflight allows the method $_") for sort keys %methods;
        ok($allowed{ lc $_ }, "a preflight allows the header $_")
            for qw(Authorization Content-Type X-Session-Token X-Prop-Account Idempotency-Key
                X-Idempotency-Key X-Request-ID If-Match If-None-Match traceparent tracestate);
        is($preflight->{headers}{vary}, 'Origin', 'a preflight varies by origin');
        for (['a list', 200, $api->GET($list, Origin => $origin)],
            ['a refusal', 401, $api->with(token => 'x')->GET($list, Origin => $origin)],
            ['no route', 404, $api->GET('/v2/payments/a/b', Origin => $origin)],
            ['a mistake', 422, $api->POST('/v2/payments/free', {}, Origin => $origin)],
            ['no program', 502, $api->GET('/v2/payouts', Origin => $origin)],
            ['a page', 200, $api->GET('/', Origin => $origin)]) {
            my ($name, $status, $answer) = @$_;
            is_status($answer, $status, "$name: the status is $status");
            is_deeply(cors_of($answer), { 'access-control-allow-origin' => $origin,
                'access-control-expose-headers' => 'Allow, Content-Disposition, ETag, '
                    . 'Idempotent-Replayed, Link, Request-Id, Retry-After' },
                "$name: a browser may read it");
            is($answer->{headers}{vary}, 'Origin', "$name: the answer varies by origin");
        }
    };
}

# Each header that a program reads from browsers stands in the list; the others are no browser's.
my ($table) = slurp(top_dir() . '/src/core/web/header.c') =~ /headers\[\] = \{(.*?)^\};/ms;
my %flags = $table =~ /\{ "([\w-]+)", "HTTP_\w+",\s+MEMBER\(\w+\),\s+([^,]+),/g;
cmp_ok(scalar keys %flags, '>', 10, 'CORS: the table of headers is read');
is_deeply([grep { $flags{$_} !~ /HEADER_CORS/ } sort keys %flags],
    [qw(Accept Content-Encoding Stripe-Signature)], 'CORS: every other header is allowed');

for my $origin ('https://evil.example', 'http://app.example', 'https://app.example.evil',
    'https://xapp.example', 'https://app.example:443',
    'HTTPS://APP.EXAMPLE', 'https://app.exampl', 'https://app.example/', 'null', '*',
    'https://b.example', ' ', '.*', 'x|https://app.example') {
    my $answer = $api->GET($list, Origin => $origin);
    is_status($answer, 200, "$origin: the request is answered");
    is_deeply(cors_of($answer), {}, "$origin: no header lets a browser show the answer");
    is_problem($api->call('OPTIONS', $list, undef, Origin => $origin), 405, 'V2_METHOD_NOT_ALLOWED',
        "$origin: a preflight is refused");
}
my $plain = $api->GET($list);
is_deeply(cors_of($plain), {}, 'CORS: a request without an origin gets no such header');
is($plain->{headers}{vary}, 'Origin', 'CORS: a request without an origin varies by it, too');
is_problem($api->call('OPTIONS', $list, undef), 405, 'V2_METHOD_NOT_ALLOWED',
    'CORS: OPTIONS without an origin is refused');

# As it is shipped, and as a site.conf of before the setting says nothing of it.
for my $site ('set $purser_cors_origins "";', '') {
    my $name = $site ? 'no origins' : 'no setting';
    my $off = $api->with(http =>
        T::Nginx->start(sockets => $purser->{dir}, site => $site)->http);
    my $answer = $off->GET($list, Origin => 'https://app.example');
    is_deeply(cors_of($answer), {}, "CORS: with $name no header is sent");
    is($answer->{headers}{vary}, undef, "CORS: with $name answers do not vary");
    is_problem($off->call('OPTIONS', $list, undef, Origin => 'https://app.example'), 405,
        'V2_METHOD_NOT_ALLOWED', "CORS: with $name a preflight is refused");
    is_deeply(cors_of($off->GET('/v2/' . 'x' x 9000)), {}, "CORS: with $name no error has any");
}

done_testing;
