# Protects: a delivery is sent again when its app asks for it.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Hooks;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-webhooks']);
my $hooks = T::Hooks->new($purser);
my ($api, $uri) = ($hooks->api, $T::Hooks::URI);
my ($endpoint, $other) = map { $hooks->create } 1, 2;
$hooks->event('payment.failed', 'pay_1');
$purser->value('select webhooks.outbox_fan_out(10)');
my $id = $hooks->deliveries($endpoint)->[0]{id};
my $resend = "$uri/$endpoint->{id}/deliveries/$id/resend";
$purser->dbh->do(q{update webhooks.delivery set status = 'delivered', attempts = 3,
    response_status = 200});

is_json($api->POST($resend, {}), { id => $id, event_type => 'payment.failed', status => 'pending',
    attempts => 3, response_status => 200 }, 'resend: the delivery is pending again');
is_deeply([map { $_->{status} } @{ $hooks->deliveries($other) }], ['delivered'],
    'resend: that of the other endpoint is as it was');
is_problem($api->POST($resend =~ s/$endpoint->{id}/$other->{id}/r, {}), 404, 'V2_NOT_FOUND',
    "resend: another endpoint's delivery is not found");
is_problem($api->POST($resend =~ s/$id/whd_none/r, {}), 404, 'V2_NOT_FOUND',
    'resend: an unknown delivery is not found');
is_problem($purser->api(1)->POST($resend, {}), 404, 'V2_NOT_FOUND',
    'resend: another tenant does not find the delivery');
$purser->dbh->do(q{update webhooks.endpoint set disabled_at = now()});
is_problem($api->POST($resend, {}), 409, 'V2_CONFLICT', 'resend: a disabled endpoint is refused');

done_testing;
