# Protects: an endpoint is sent what it has missed since a time, and nothing twice.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Hooks;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-webhooks']);
my $hooks = T::Hooks->new($purser);
my ($api, $uri) = ($hooks->api, $T::Hooks::URI);
my $before = $purser->value(
    q{select to_char(now() - interval '1 h', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')});
my $false = JSON::PP::false();
$hooks->event('payment.failed', 'pay_1');
my $endpoint = $hooks->create;
$purser->dbh->do(q{update webhooks.endpoint set disabled_at = now(), disabled_reason = 'test'});
my $recover = "$uri/$endpoint->{id}/recover";

is_json($api->POST($recover, { since => $before }), { recovered => 1, has_more => $false },
    'recover: what the endpoint has missed will be sent');
is_deeply([map { $_->{status} } @{ $hooks->deliveries($endpoint) }], ['pending'],
    'recover: there is a delivery of it');
is(json_of($api->GET($uri))->[0]{active} ? 1 : 0, 1, 'recover: the endpoint is active again');
is_json($api->POST($recover, { since => $before }), { recovered => 0, has_more => $false },
    'recover: a second one finds nothing');
for ([{}, 'since'], [{ since => 'yesterday' }, 'since'],
    [{ since => '2024-02-30T00:00:00Z' }, 'since'], [{ since => '2024-01-01' }, 'since'],
    [{ since => '2999-01-01T00:00:00Z' }, 'since'],
    [{ since => $before, until => 'now' }, 'until'],
    [{ since => $before, until => '2020-01-01T00:00:00Z' }, 'since'])
{
    my ($body, $field) = @$_;
    my $refused = $api->POST($recover, $body);
    my $name = join ' ', map { "$_ $body->{$_}" } sort keys %$body;
    is_problem($refused, 422, 'V2_VALIDATION_ERROR', "recover: ($name) is refused");
    is(json_of($refused)->{detail}{errors}[0]{field}, $field,
        "recover: ($name): the field is named");
}
is_problem($purser->api(1)->POST($recover, { since => $before }), 404, 'V2_NOT_FOUND',
    'recover: another tenant does not find the endpoint');

done_testing;
