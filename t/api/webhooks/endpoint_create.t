# Protects: an app registers endpoints that may be called, is given the secret once, and nothing
# that is refused is stored.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Hooks;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-webhooks'], conf => { sandbox => 'no',
    stripe_api_base => 'https://api.stripe.com', provider_base => 'https://provider.test',
    validator_base => 'https://validator.test' });
my $hooks = T::Hooks->new($purser);
my $api = $hooks->api;
my $uri = $T::Hooks::URI;
my %good = (url => $T::Hooks::URL, events => ['payment.succeeded'], description => "Zo\x{eb}'s");

my $answer = $api->POST($uri, \%good, 'Idempotency-Key' => 'first');
is_status($answer, 200, 'endpoint: an app without a session makes one');
my $endpoint = json_of($answer);
is_deeply([sort keys %$endpoint], [qw(active description events id secret url)],
    'endpoint: it has the six members');
like($endpoint->{id}, qr/^whe_[0-9a-f]{32}$/, 'endpoint: it has an id');
like($endpoint->{secret}, qr{^whsec_[A-Za-z0-9+/]{43}=$}, 'endpoint: it has a secret');
is_json($answer, { %good, active => JSON::PP::true() }, 'endpoint: it is what was asked for');
my $again = $api->POST($uri, \%good, 'Idempotency-Key' => 'first');
is($again->{body}, $answer->{body}, 'endpoint: a repeat gets the same bytes');
is_status($purser->api->POST($uri, { %good, description => undef }), 200,
    'endpoint: a session may come along');
is($purser->value('select count(*) from webhooks.endpoint'), 2, 'endpoint: both are stored');

my %bad = (
    'no URL' => [url => undef, 'url'], 'a number as URL' => [url => 7, 'url'],
    'plain http' => [url => 'http://hooks.acme.test/', 'url'],
    'a private address' => [url => 'https://10.0.0.1/', 'url'],
    'loopback in hex' => [url => 'https://0x7f000001/', 'url'],
    'metadata of a cloud' => [url => 'https://169.254.169.254/latest', 'url'],
    'a mapped address' => [url => 'https://[::ffff:127.0.0.1]/', 'url'],
    'a name of this machine' => [url => 'https://localhost/', 'url'],
    'another port' => [url => 'https://hooks.acme.test:6379/', 'url'],
    'a user in the URL' => [url => 'https://a:b@hooks.acme.test/', 'url'],
    'a URL of 2,049 characters' => [url => 'https://hooks.acme.test/' . 'a' x 2025, 'url'],
    'a line break in the URL' => [url => "https://hooks.acme.test/\r\nX: y", 'url'],
    'no events' => [events => undef, 'events'], 'an empty list' => [events => [], 'events'],
    'a text as events' => [events => '*', 'events'], 'a number in the list' => [events => [1],
        'events'], 'an unknown type' => [events => ['payment.succeeded', 'payment.lost'], 'events'],
    'a type of another api' => [events => ['payout.delivered'], 'events'],
    'a list of 51' => [events => [('*') x 51], 'events'],
    'a type of 65 characters' => [events => ['p' x 65], 'events'],
    'a description of 501 characters' => [description => "\x{eb}" x 501, 'description'],
    'an object as description' => [description => {}, 'description'],
);
for my $name (sort keys %bad) {
    my ($member, $value, $field) = @{ $bad{$name} };
    my $refused = $api->POST($uri, { %good, $member => $value });
    is_problem($refused, 422, 'V2_VALIDATION_ERROR', "endpoint: $name is refused");
    is_deeply([map { $_->{field} } @{ json_of($refused)->{detail}{errors} }], [$field],
        "endpoint: $name: the field is named");
}
is($purser->value('select count(*) from webhooks.endpoint'), 2,
    'endpoint: nothing of it is stored');
my @wide = map { $api->POST($uri, { %good, %$_ }) } { description => "\x{eb}" x 500 },
    { url => 'https://hooks.acme.test/' . 'a' x 2024 },
    { events => ['kyc.updated', '*', 'endpoint.disabled'] };
is(join(' ', map { $_->{status} } @wide), '200 200 200',
    'endpoint: the limits themselves are taken');

my @more = $api->parallel(map { ['POST', $uri, \%good] } 1 .. 60);
is(scalar(grep { $_->{status} == 200 } @more), 45,
    'endpoint: of 60 at once those up to 50 are made');
is_problem((grep { $_->{status} != 200 } @more)[0], 409, 'V2_CONFLICT',
    'endpoint: the 51st is refused');
like(json_of($api->POST($uri, \%good))->{detail}{message}, qr/\b50 webhook endpoints\b.*delete/,
    'endpoint: the limit is named, and what to do');
is_status($purser->api(1)->POST($uri, \%good), 200, 'endpoint: another tenant may make one');
is_problem($api->with(token => $purser->mint_token(($purser->tenants)[0]{app}, 'reads'))
    ->POST($uri, \%good), 403, 'V2_SCOPE_MISSING', 'endpoint: it needs the scope webhooks');
unlike($purser->program('purser-webhooks')->log_text, qr/whsec_/, 'endpoint: no secret is logged');

done_testing;
