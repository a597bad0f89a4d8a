# Protects: a failed payout is tried again under a key of its own, only while it is still owed.
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
my $account = $alice->funded([412.5, 0]);
my $id = json_of($api->POST('/v2/payouts/request', {}))->{id};
my ($retry, $submit) = map { "/v2/payouts/$id/$_" } qw(retry submit);

is_problem($api->POST($retry, {}), 409, 'V2_PAYOUT_IN_PROGRESS', 'a pending one needs no retry');
T::Payouts::balance($purser, 0);
is_json($alice->writer->POST($submit, {}), { status => 'failed' }, 'it fails');
T::Payouts::balance($purser, 100_000_000);
is_problem(T::Payouts->new($purser)->api->POST($retry, {}), 404, 'V2_NOT_FOUND',
    "nobody retries another's");
is_problem($purser->api(1)->POST($retry, {}), 404, 'V2_NOT_FOUND', "nor another tenant's");
my $answer = $api->POST($retry, {}, 'Idempotency-Key' => 'again');
is_status($answer, 200);
is_json($answer, { id => $id, status => 'pending', failure_reason => undef,
    amount_cents => 41_250 });
is($api->POST($retry, {}, 'Idempotency-Key' => 'again')->{body}, $answer->{body},
    'the same key, the same bytes');
is_json($alice->writer->POST($submit, {}), { status => 'paid' }, 'then it is paid');
my @keys = map { $_->{headers}{'idempotency-key'} } $purser->double->calls(POST => '/v1/transfers');
is_deeply(\@keys, ["$id:transfer", "$id:transfer:2"],
    'under a key of its own: the old one is answered with the old refusal');
is(scalar $alice->transfers($id), 1, 'one transfer');
is_problem($api->POST($retry, {}), 409, 'V2_PAYOUT_FINAL', 'a paid one is not retried');

# What was paid otherwise meanwhile is not paid twice.
$alice->script($account, 'funded', [500, 0]);
T::Payouts::balance($purser, 0);
my $failed = json_of($api->POST('/v2/payouts/request', {}))->{id};
is_json($alice->writer->POST("/v2/payouts/$failed/submit", {}),
    { status => 'failed', amount_cents => 8750 }, 'a second one fails');
T::Payouts::balance($purser, 100_000_000);
my $other = json_of($api->POST('/v2/payouts/request', {}))->{id};
isnt($other, $failed, 'what it took is owed again');
is_problem($api->POST("/v2/payouts/$failed/retry", {}), 409, 'V2_PAYOUT_IN_PROGRESS',
    'not beside another one');
is_json($alice->writer->POST("/v2/payouts/$other/submit", {}),
    { status => 'paid', amount_cents => 8750 }, 'which is paid');
is_problem($api->POST("/v2/payouts/$failed/retry", {}), 409, 'V2_NOTHING_OWED', 'nor after it');
is($purser->value("select sum(amount_cents) from payouts.payout where status = 'paid'"), 50_000,
    'in all what was earned');

# A tenant whose requests are submitted at once has its retries submitted too.
T::Payouts::policy($purser, 1, 0);
$alice->script($account, 'funded', [600, 0]);
T::Payouts::balance($purser, 0);
my $auto = json_of($api->POST('/v2/payouts/request', {}))->{id};
my $status = sub { $purser->value('select status from payouts.payout where id = ?', $auto) };
$purser->wait_for('it failed', sub { $status->() eq 'failed' });
T::Payouts::balance($purser, 100_000_000);
$api->POST("/v2/payouts/$auto/retry", {});
$purser->wait_for('it is paid', sub { $status->() eq 'paid' });
is(scalar $alice->transfers($auto), 1, 'by the background, once');

is_deeply($purser->rows('select * from admin.ledger_check'), [], 'the books are in order');
done_testing;
