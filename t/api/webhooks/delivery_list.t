# Protects: an app sees what was sent to an endpoint of its tenant, newest first.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_problem json_of);
use T::Hooks;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-webhooks']);
my $hooks = T::Hooks->new($purser);
my ($api, $uri) = ($hooks->api, $T::Hooks::URI);
my $endpoint = $hooks->create(events => ['payment.failed', 'payment.succeeded']);
my $other = $hooks->create(events => ['payout.failed']);

is($api->GET("$uri/$endpoint->{id}/deliveries")->{body}, '[]',
    'deliveries: at first there are none');
for (['payment.failed', 'pay_1'], ['payment.succeeded', 'pay_1'], ['payout.failed', 'po_1']) {
    $hooks->event(@$_);
    $purser->value('select webhooks.outbox_fan_out(10)');
}
my $list = $hooks->deliveries($endpoint);
is_deeply([map { $_->{event_type} } @$list], ['payment.succeeded', 'payment.failed'],
    'deliveries: those of the endpoint are listed newest first');
is_deeply([sort keys %{ $list->[0] }], [qw(attempts event_type id response_status status)],
    'deliveries: a row has the five members');
like($list->[0]{id}, qr/^whd_[0-9a-f]{32}$/, 'deliveries: a row has an id');
is_deeply([@{ $list->[0] }{qw(status attempts response_status)}], ['pending', 0, undef],
    'deliveries: one that was not sent yet is pending');
is_deeply([map { $_->{id} } @{ json_of($api->GET("$uri/$endpoint->{id}/deliveries?limit=1"
    . "&starting_after=$list->[0]{id}")) }], [$list->[1]{id}],
    'deliveries: limit and starting_after give a page');
is($api->GET("$uri/$endpoint->{id}/deliveries?starting_after=whd_x")->{body}, '[]',
    'deliveries: nothing comes after an unknown id');
is_problem($api->GET("$uri/whe_none/deliveries"), 404, 'V2_NOT_FOUND',
    'deliveries: an unknown endpoint is not found');
is_problem($purser->api(1)->GET("$uri/$endpoint->{id}/deliveries"), 404, 'V2_NOT_FOUND',
    'deliveries: another tenant does not find the endpoint');
is_problem($api->GET("$uri/$endpoint->{id}/deliveries?limit=0"), 422, 'V2_VALIDATION_ERROR',
    'deliveries: a limit of 0 is refused');

done_testing;
