# Protects: a deleted endpoint stays deleted, gets no events, and its deliveries can still be seen.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Hooks;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-webhooks']);
my $hooks = T::Hooks->new($purser);
my ($api, $uri) = ($hooks->api, $T::Hooks::URI);
my $endpoint = $hooks->create;
$hooks->event('payment.failed', 'pay_1');
$purser->value('select webhooks.outbox_fan_out(10)');

is_problem($purser->api(1)->DELETE("$uri/$endpoint->{id}"), 404, 'V2_NOT_FOUND',
    'delete: another tenant does not find the endpoint');
is_problem($api->DELETE("$uri/whe_none"), 404, 'V2_NOT_FOUND',
    'delete: an unknown endpoint is not found');
for my $time ('the endpoint is deactivated', 'a repeat gets the same answer') {
    is($api->DELETE("$uri/$endpoint->{id}")->{body}, '{"deactivated":true}', "delete: $time");
}
$hooks->event('payment.failed', 'pay_2');
$purser->value('select webhooks.outbox_fan_out(10)');
is(scalar @{ $hooks->deliveries($endpoint) }, 1, 'delete: the endpoint gets no more events');
is($purser->value('select count(*) from webhooks.secret'), 0, 'delete: its secret is gone');
is_problem($api->POST("$uri/$endpoint->{id}/$_", { since => '2024-01-01T00:00:00Z' }), 409,
    'V2_CONFLICT', "delete: $_ is refused afterwards") for qw(rotate-secret recover);

done_testing;
