# Protects: browsers of the configured origins may call, nobody else's, and by default none.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Purser;

my $purser = T::Purser->start(workers => ['purser-payments'],
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
    subtest $origin => sub {
        my $preflight = $api->with(token => undef, session => undef)->call('OPTIONS',
            '/v2/payments/checkout', undef,
            Origin => $origin, 'Access-Control-Request-Method' => 'POST',
            'Access-Control-Request-Headers' => 'authorization,content-type');
        is($preflight->{status}, 204, 'a preflight needs no credential');
        is($preflight->{headers}{'access-control-allow-origin'}, $origin, 'it names the origin');
        is($preflight->{headers}{'access-control-allow-methods'}, 'GET, POST, PUT, DELETE',
            'the methods');
        my %allowed = map { (lc $_ => 1) } split /,\s*/,
            $preflight->{headers}{'access-control-allow-headers'};
        ok($allowed{$_}, "the header $_")
            for qw(authorization content-type x-session-token x-prop-account idempotency-key
                x-request-id);
        is($preflight->{headers}{vary}, 'Origin', 'and that it varies');
        for (['a list', 200, $api->GET($list, Origin => $origin)],
            ['a refusal', 401, $api->with(token => 'x')->GET($list, Origin => $origin)],
            ['no route', 404, $api->GET('/v2/payments/a/b', Origin => $origin)],
            ['a mistake', 422, $api->POST('/v2/payments/free', {}, Origin => $origin)]) {
            my ($name, $status, $answer) = @$_;
            is_status($answer, $status, $name);
            is_deeply(cors_of($answer), { 'access-control-allow-origin' => $origin,
                'access-control-expose-headers' => 'Request-Id, Retry-After, Idempotent-Replayed' },
                "$name: may be read");
            is($answer->{headers}{vary}, 'Origin', "$name: varies");
        }
    };
}

for my $origin ('https://evil.example', 'http://app.example', 'https://app.example.evil',
    'https://xapp.example', 'https://app.example:443',
    'HTTPS://APP.EXAMPLE', 'https://app.exampl', 'https://app.example/', 'null', '*',
    'https://b.example', ' ') {
    my $answer = $api->GET($list, Origin => $origin);
    is_status($answer, 200, "$origin: the answer is there");
    is_deeply(cors_of($answer), {}, "$origin: but no browser shows it");
    is_problem($api->call('OPTIONS', $list, undef, Origin => $origin), 405, 'V2_METHOD_NOT_ALLOWED',
        "$origin: no preflight");
}
is_deeply(cors_of($api->GET($list)), {}, 'without an origin nothing is said');
is_problem($api->call('OPTIONS', $list, undef), 405, 'V2_METHOD_NOT_ALLOWED',
    'OPTIONS without an origin');

$purser->payments->stop;
$purser->start_worker('purser-payments', conf => { cors_origins => '' });
is_deeply(cors_of($api->GET($list, Origin => 'https://app.example')), {}, 'off by default');
is_problem($api->call('OPTIONS', $list, undef, Origin => 'https://app.example'), 405,
    'V2_METHOD_NOT_ALLOWED', 'also the preflight');

done_testing;
