# Protects: a payout that was not sent can be cancelled, and its amount is owed again, once.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $alice = T::Payouts->new($purser);
my $api = $alice->api;
$alice->payee;
$alice->funded([412.5, 0]);
my $id = json_of($api->POST('/v2/payouts/request', {}))->{id};
my $uri = "/v2/payouts/$id/cancel";

is_problem(T::Payouts->new($purser)->api->POST($uri, {}), 404, 'V2_NOT_FOUND',
    "cancel: another user's payout is not found");
is_problem($purser->api(1)->POST($uri, {}), 404, 'V2_NOT_FOUND',
    "cancel: another tenant's payout is not found");
is_problem($api->POST('/v2/payouts/po_none/cancel', {}), 404, 'V2_NOT_FOUND',
    'cancel: an unknown payout is not found');
my $answer = $api->POST($uri, {});
is_status($answer, 200, 'cancel: answered by 200');
is_json($answer, { id => $id, status => 'canceled', stripe_transfer_id => undef,
    completed_at => undef }, 'cancel: the payout is canceled, without a transfer');
is($api->POST($uri, {})->{body}, $answer->{body}, 'cancel: a second one gets the same answer');
is_json($api->GET('/v2/payouts/estimate'), { amount_cents => 41_250, available => JSON::PP::true },
    'cancel: the amount is owed again');
is_problem($alice->writer->POST("/v2/payouts/$id/submit", {}), 409, 'V2_PAYOUT_FINAL',
    'cancel: a canceled payout is not submitted');
is_problem($api->POST("/v2/payouts/$id/retry", {}), 409, 'V2_PAYOUT_FINAL',
    'cancel: a canceled payout is not retried');
is_deeply($purser->rows("select * from admin.ledger_balances"
    . " where balance <> 0 and code like '%:traders'"), [],
    "cancel: all balances of traders are zero again");

# Cancel and submit at once, many times: one of them wins, and the money agrees with the answer.
my %ended;
for my $round (1 .. 10) {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    $trader->funded([10, 0]);
    my $payout = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    $trader->writer->parallel(map { [POST => "/v2/payouts/$payout/$_", {}] }
        $round % 2 ? qw(submit cancel) : qw(cancel submit));
    my $status = json_of($trader->api->GET('/v2/payouts'))->[0]{status};
    my $made = $trader->transfers($payout);
    $ended{$status}++;
    is($made, $status eq 'paid' ? 1 : 0,
        "cancel against submit, round $round: $status with $made transfers");
}
is(($ended{paid} // 0) + ($ended{canceled} // 0), 10,
    'cancel against submit: each payout is paid or canceled');
is_problem($api->POST('/v2/payouts/'
    . $purser->value("select id from payouts.payout where status = 'paid' limit 1") . '/cancel',
    {}), 404, 'V2_NOT_FOUND', "cancel: another user's paid payout is not found")
    if $ended{paid};
my $paid = json_of($api->POST('/v2/payouts/request', {}))->{id};
$alice->writer->POST("/v2/payouts/$paid/submit", {});
is_problem($api->POST("/v2/payouts/$paid/cancel", {}), 409, 'V2_PAYOUT_FINAL',
    'cancel: a paid payout is not canceled');

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'cancel: every posting has its reason in the end');
done_testing;
