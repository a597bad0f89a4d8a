# Protects: a payout is shown to its trader by its id, as in the list, with what holds it.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $uri = '/v2/payouts';
my $alice = T::Payouts->new($purser);
my $api = $alice->api;
$alice->payee;
my @accounts = map { $alice->funded([$_, 0]) } 120.25, 33;
my ($paid, $held) =
    map { json_of($api->POST("$uri/request", { prop_account_id => $_->{id} }))->{id} } @accounts;
is_status($alice->writer->POST("$uri/$paid/submit", {}), 200, 'payout: one is paid');
$purser->value(q{select admin.set_payout_limits('acme', 100, null, null, 0, 900, 'test', false)});
is_problem($alice->writer->POST("$uri/$held/submit", {}), 409, 'V2_PAYOUT_ON_HOLD',
    'payout: one is held');

my %listed = map { ($_->{id} => $_) } @{ json_of($api->GET($uri)) };
for my $id ($paid, $held) {
    my $answer = $api->GET("$uri/$id");
    is_status($answer, 200, "payout: $id is shown");
    is_deeply(json_of($answer), $listed{$id}, "payout: $id is shown as in the list");
}
is_json($api->GET("$uri/$paid"), { status => 'paid', amount_cents => 12_025, hold_reason => undef },
    'payout: a paid one is held by nothing');
my $shown = json_of($api->GET("$uri/$held"));
is($shown->{status}, 'pending', 'payout: a held one is pending');
like($shown->{hold_reason}, qr/\w/, 'payout: a held one says why');
is_json($api->GET("$uri/$held", 'X-Prop-Account' => $accounts[0]{id}), { id => $held },
    'payout: X-Prop-Account, which is of a list, does not hide it');

my $bob = T::Payouts->new($purser);
for my $id ($paid, 'po_' . '0' x 32, 'x' x 65, $accounts[0]{id}) {
    is_problem($bob->api->GET("$uri/$id"), 404, 'V2_NOT_FOUND', "payout: $id is none of Bob's");
}
for my $word (qw(estimate request)) {
    isnt($api->GET("$uri/$word")->{status}, 404, "payout: $word is a route and no id");
}

done_testing;
