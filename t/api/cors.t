# Protects: pages of the configured origins may call the API from a browser, pages of other origins
# may not, and by default no page may.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments'],
    conf => { cors_origins => 'https://app.example  https://b.example:8443' });
my $api = $purser->api;
my $list = '/v2/payments/prop-accounts';
my @names = map { "access-control-$_" }
    qw(allow-origin allow-methods allow-headers expose-headers max-age allow-credentials);

sub cors_of {
    my ($answer) = @_;
    return { map { ($_ => $answer->{headers}{$_}) } grep { defined $answer->{headers}{$_} } @names }
}

for my $origin ('https://app.example', 'https://b.example:8443') {
    subtest "CORS for $origin" => sub {
        my $preflight = $api->with(token => undef, session => undef)->call('OPTIONS',
            '/v2/payments/checkout', undef,
            Origin => $origin, 'Access-Control-Request-Method' => 'POST',
            'Access-Control-Request-Headers' => 'authorization,content-type');
        is($preflight->{status}, 204, 'a preflight needs no credential');
        is($preflight->{headers}{'access-control-allow-origin'}, $origin,
            'a preflight names the origin');
        is($preflight->{headers}{'access-control-allow-methods'}, 'GET, POST, PUT, DELETE',
            'a preflight names the methods');
        my %allowed = map { (lc $_ => 1) } split /,\s*/,
            $preflight->{headers}{'access-control-allow-headers'};
        ok($allowed{$_}, "a preflight allows the header $_")
            for qw(authorization content-type x-session-token x-prop-account idempotency-key
                x-request-id);
        is($preflight->{headers}{vary}, 'Origin', 'a preflight varies by origin');
        for (['a list', 200, $api->GET($list, Origin => $origin)],
            ['a refusal', 401, $api->with(token => 'x')->GET($list, Origin => $origin)],
            ['no route', 404, $api->GET('/v2/payments/a/b', Origin => $origin)],
            ['a mistake', 422, $api->POST('/v2/payments/free', {}, Origin => $origin)]) {
            my ($name, $status, $answer) = @$_;
            is_status($answer, $status, "$name: the status is $status");
            is_deeply(cors_of($answer), { 'access-control-allow-origin' => $origin,
                'access-control-expose-headers' => 'Request-Id, Retry-After, Idempotent-Replayed' },
                "$name: a browser may read it");
            is($answer->{headers}{vary}, 'Origin', "$name: the answer varies by origin");
        }
    };
}

for my $origin ('https://evil.example', 'http://app.example', 'https://app.example.evil',
    'https://xapp.example', 'https://app.example:443',
    'HTTPS://APP.EXAMPLE', 'https://app.exampl', 'https://app.example/', 'null', '*',
    'https://b.example', ' ') {
    my $answer = $api->GET($list, Origin => $origin);
    is_status($answer, 200, "$origin: the request is answered");
    is_deeply(cors_of($answer), {}, "$origin: no header lets a browser show the answer");
    is_problem($api->call('OPTIONS', $list, undef, Origin => $origin), 405, 'V2_METHOD_NOT_ALLOWED',
        "$origin: a preflight is refused");
}
is_deeply(cors_of($api->GET($list)), {}, 'CORS: a request without an origin gets no such header');
is_problem($api->call('OPTIONS', $list, undef), 405, 'V2_METHOD_NOT_ALLOWED',
    'CORS: OPTIONS without an origin is refused');

$purser->payments->stop;
$purser->start_program('purser-payments', conf => { cors_origins => '' });
is_deeply(cors_of($api->GET($list, Origin => 'https://app.example')), {},
    'CORS: without configured origins no header is sent');
is_problem($api->call('OPTIONS', $list, undef, Origin => 'https://app.example'), 405,
    'V2_METHOD_NOT_ALLOWED', 'CORS: without configured origins a preflight is refused');

done_testing;
