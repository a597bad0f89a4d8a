# Protects: the retry of a failed payout sends a transfer under a new key of Stripe, only while the
# amount is still owed.
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
my $account = $alice->funded([412.5, 0]);
my $id = json_of($api->POST('/v2/payouts/request', {}))->{id};
my ($retry, $submit) = map { "/v2/payouts/$id/$_" } qw(retry submit);

is_problem($api->POST($retry, {}), 409, 'V2_PAYOUT_IN_PROGRESS',
    'retry: a pending payout is refused');
T::Payouts::refuse($purser);
is_json($alice->writer->POST($submit, {}), { status => 'failed' },
    'retry: a submit that Stripe refuses fails');
is_problem(T::Payouts->new($purser)->api->POST($retry, {}), 404, 'V2_NOT_FOUND',
    "retry: another user's payout is not found");
is_problem($purser->api(1)->POST($retry, {}), 404, 'V2_NOT_FOUND',
    "retry: another tenant's payout is not found");
my $answer = $api->POST($retry, {}, 'Idempotency-Key' => 'again');
is_status($answer, 200, 'retry: answered by 200');
is_json($answer, { id => $id, status => 'pending', failure_reason => undef,
    amount_cents => 41_250 }, 'retry: the failed payout is pending again');
is($api->POST($retry, {}, 'Idempotency-Key' => 'again')->{body}, $answer->{body},
    'retry: the same key gets the same bytes');
is_json($alice->writer->POST($submit, {}), { status => 'paid' },
    'retry: the next submit pays the payout');
my @keys = map { $_->{headers}{'idempotency-key'} } $purser->double->calls(POST => '/v1/transfers');
is_deeply(\@keys, ["$id:transfer", "$id:transfer:2"],
    'retry: the second transfer has an idempotency key of its own');
is(scalar $alice->transfers($id), 1, 'retry: Stripe has one transfer');
is_problem($api->POST($retry, {}), 409, 'V2_PAYOUT_FINAL', 'retry: a paid payout is refused');

# An amount that another payout has paid meanwhile is not paid twice.
$alice->script($account, 'funded', [500, 0]);
my $failed = json_of($api->POST('/v2/payouts/request', {}))->{id};
T::Payouts::refuse($purser);
is_json($alice->writer->POST("/v2/payouts/$failed/submit", {}),
    { status => 'failed', amount_cents => 8750 }, 'retry: a second payout fails');
my $other = json_of($api->POST('/v2/payouts/request', {}))->{id};
isnt($other, $failed, 'retry: the amount of a failed payout can be requested again');
is_problem($api->POST("/v2/payouts/$failed/retry", {}), 409, 'V2_PAYOUT_IN_PROGRESS',
    'retry: a failed payout beside a pending one is refused');
is_json($alice->writer->POST("/v2/payouts/$other/submit", {}),
    { status => 'paid', amount_cents => 8750 }, 'retry: the payout beside the failed one is paid');
is_problem($api->POST("/v2/payouts/$failed/retry", {}), 409, 'V2_NOTHING_OWED',
    'retry: a failed payout whose amount was paid otherwise is refused');
is($purser->value("select sum(amount_cents) from payouts.payout where status = 'paid'"), 50_000,
    'retry: the paid amounts sum to what was earned');

# A tenant whose requests are submitted at once has its retries submitted too.
T::Payouts::policy($purser, 1, 0);
$alice->script($account, 'funded', [600, 0]);
T::Payouts::refuse($purser);
my $auto = json_of($api->POST('/v2/payouts/request', {}))->{id};
my $status = sub { $purser->value('select status from payouts.payout where id = ?', $auto) };
$purser->wait_for('it failed', sub { $status->() eq 'failed' });
$api->POST("/v2/payouts/$auto/retry", {});
$purser->wait_for('it is paid', sub { $status->() eq 'paid' });
is(scalar $alice->transfers($auto), 1, 'retry: purser-jobs pays a retried payout once');

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'retry: every posting has its reason in the end');
done_testing;
