# Protects: a payout that is not under way is taken back, and what it took is owed again, once.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(
    workers => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $alice = T::Payouts->new($purser);
my $api = $alice->api;
$alice->payee;
$alice->funded([412.5, 0]);
my $id = json_of($api->POST('/v2/payouts/request', {}))->{id};
my $uri = "/v2/payouts/$id/cancel";

is_problem(T::Payouts->new($purser)->api->POST($uri, {}), 404, 'V2_NOT_FOUND',
    "nobody cancels another's");
is_problem($purser->api(1)->POST($uri, {}), 404, 'V2_NOT_FOUND', "nor another tenant's");
is_problem($api->POST('/v2/payouts/po_none/cancel', {}), 404, 'V2_NOT_FOUND',
    'nor one that is nowhere');
my $answer = $api->POST($uri, {});
is_status($answer, 200);
is_json($answer, { id => $id, status => 'canceled', stripe_transfer_id => undef,
    completed_at => undef });
is($api->POST($uri, {})->{body}, $answer->{body}, 'twice is once');
is_json($api->GET('/v2/payouts/estimate'), { amount_cents => 41_250, available => JSON::PP::true },
    'it is owed again');
is_problem($alice->writer->POST("/v2/payouts/$id/submit", {}), 409, 'V2_PAYOUT_FINAL',
    'and not submitted any more');
is_problem($api->POST("/v2/payouts/$id/retry", {}), 409, 'V2_PAYOUT_FINAL', 'nor retried');
is_deeply($purser->rows("select * from admin.ledger_balances where balance <> 0"), [],
    'the books are even');

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
    is($made, $status eq 'paid' ? 1 : 0, "round $round: $status, $made transfers");
}
is(($ended{paid} // 0) + ($ended{canceled} // 0), 10, 'each is paid or canceled');
is_problem($api->POST('/v2/payouts/'
    . $purser->value("select id from payouts.payout where status = 'paid' limit 1") . '/cancel',
    {}), 404, 'V2_NOT_FOUND', "still not another's")
    if $ended{paid};
my $paid = json_of($api->POST('/v2/payouts/request', {}))->{id};
$alice->writer->POST("/v2/payouts/$paid/submit", {});
is_problem($api->POST("/v2/payouts/$paid/cancel", {}), 409, 'V2_PAYOUT_FINAL',
    'a paid one is not canceled');

is_deeply($purser->rows('select * from admin.ledger_check'), [], 'the books are in order');
done_testing;
