# Protects: the estimate is what the validator says that an account has earned, less what was paid
# out.  Whatever else the validator answers, the estimate has the documented members and nothing is
# available.
use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $uri = '/v2/payouts/estimate';
my ($yes, $no) = (JSON::PP::true, JSON::PP::false);
my %zeros = (amount_usd => 0, amount_cents => 0, currency => 'usd', available => $no);
my %not_funded = (%zeros, reason => 'not_funded');
my %nothing_owed = (%zeros, reason => 'nothing_owed');
my $payout_call = 'POST /entity/subaccount/payout';

my $alice = T::Payouts->new($purser);
my $api = $alice->api;

my $answer = $api->GET($uri);
is_status($answer, 200, 'estimate: answered without an account');
is($answer->{body}, '{"amount_usd":0.00,"amount_cents":0,"currency":"usd","available":false,'
    . '"reason":"not_funded"}', 'estimate: without an account it is zeros');
is(scalar $purser->double->calls(POST => '/entity/subaccount/payout'), 0,
    'estimate: without an account the validator is not asked');

my $account = $alice->account;
$alice->script($account, 'challenge', [412.5, 0]);
is_deeply($alice->estimate, \%not_funded, 'estimate: an evaluation account earns nothing');

$alice->script($account, 'funded', [130, -5], [110, 0], [200, 40], [205, -30]);
is_deeply($alice->estimate, { amount_usd => 200, amount_cents => 20_000, currency => 'usd',
    available => $no, reason => 'no_payee' },
    "estimate: four weeks make 200.00, not available without a payee");
$alice->script($account, 'funded', [412.5, 0]);
$alice->payee(outcome => 'none');
is_json($api->GET($uri), { amount_cents => 41_250, available => $no },
    'estimate: nothing is available while onboarding is pending');
$alice->payee;
$answer = $api->GET($uri);
is($answer->{body}, '{"amount_usd":412.50,"amount_cents":41250,"currency":"usd","available":true}',
    'estimate: 412.50 is available to a payee, byte for byte as documented');

subtest 'estimate: what the validator is asked' => sub {
    my $call = ($purser->double->calls(POST => '/entity/subaccount/payout'))[-1];
    is($call->{params}{subaccount_uuid}, $account->{subaccount_uuid},
        'the account is named by its subaccount');
    is($call->{params}{start_time_ms}, 0, 'the time starts at the beginning');
    is($call->{params}{end_time_ms} % 43_200_000, 0, 'the time ends at a half day');
};

subtest 'estimate: explain=true' => sub {
    my $told = $api->GET("$uri?explain=true");
    my $body = json_of($told);
    is_deeply([sort keys %$body],
        [qw(amount_cents amount_usd available currency digest formula_version weekly_settlements)],
        'explain=true adds three members');
    is($body->{formula_version}, 'hwm-1', 'formula_version names the formula');
    is(scalar @{ $body->{weekly_settlements} }, 1, 'weekly_settlements has the week');
    is($body->{weekly_settlements}[0]{balance}, 412.5, 'the week has its figures');
    my ($weeks) = $told->{body} =~ /"weekly_settlements":(\[.*?\])/;
    is($body->{digest}, sha256_hex($weeks), 'the digest is that of the rows as they are printed');
    is($purser->value('select weeks from payouts.valuation where digest = ?', $body->{digest}),
        $weeks, 'the rows of the digest are stored');
    is_deeply([sort keys %{ json_of($api->GET("$uri?explain=false")) }],
        [qw(amount_cents amount_usd available currency)], 'explain=false adds nothing');
    is_problem($api->GET("$uri?explain=$_"), 422, 'V2_VALIDATION_ERROR', "explain=$_ is refused")
        for '1', 'TRUE', '';
};

subtest 'estimate: which account' => sub {
    my $newer = $alice->funded([1, 0]);
    is_json($api->GET($uri), { amount_cents => 100 },
        'the newest account is taken when none is named');
    is_json($api->GET($uri, 'X-Prop-Account' => $account->{id}), { amount_cents => 41_250 },
        'the account that X-Prop-Account names is taken');
    my $bob = T::Payouts->new($purser);
    is_problem($bob->api->GET($uri, 'X-Prop-Account' => $account->{id}), 404, 'V2_NOT_FOUND',
        'an account of another user is not found');
    is_problem($purser->api(1)->GET($uri, 'X-Prop-Account' => $account->{id}), 404, 'V2_NOT_FOUND',
        'an account of another tenant is not found');
    is_problem($api->GET($uri, 'X-Prop-Account' => 'prop_none'), 404, 'V2_NOT_FOUND',
        'an account that does not exist is not found');
};

# An answer with one week, complete $ago weeks before the one that runs.
sub answer {
    my ($total, $week, $ago, %more) = @_;
    my $now = int time;
    my $start = ($now - ($now - 345_600) % 604_800 - ($ago // 1) * 604_800) * 1000;
    my %week = (start_time_ms => $start, end_time_ms => $start + 604_800_000, unrealized => 0,
        weekly_penalty => 1, scale => 1, %$week);
    my $weeks = JSON::PP->new->canonical->encode([\%week]);
    my $about = join '', map { qq("$_":"$more{$_}",) } sort keys %more;
    return qq({"data":{$about"payout":$total,"weekly_settlements":$weeks}});
}

my @account = ('X-Prop-Account' => $account->{id});
my %cached = (amount_cents => 41_250, available => $no);
my @hostile = (
    # what the validator does, and what the estimate has then: the cached amount, none, or less
    ['down', { do => '500' }, 'cached'], ['slow', { do => 'delay', delay_ms => 5000 }, 'cached'],
    ['silent', { do => 'hang' }, 'cached'], ['cut', { do => 'cut_after' }, 'cached'],
    ['cut short', { do => 'truncated' }, 'cached'], ['huge', { do => 'huge' }, 'cached'],
    ['HTML', { do => 'html' }, 'cached'],
    ['too many requests', { do => '429' }, 'cached'],
    ['gibberish', 'gibberish', 'cached'], ['a list', '[]', 'cached'], ['no data', '{}', 'cached'],
    ['data is null', '{"data":null}', 'cached'], ['no payout', '{"data":{}}', 'cached'],
    ['NaN', '{"data":{"payout":NaN}}', 'cached'],
    ['Infinity', '{"data":{"payout":Infinity}}', 'cached'],
    ['1e400', '{"data":{"payout":1e400}}', 'cached'],
    ['text', '{"data":{"payout":"412.50"}}', 'cached'],
    ['null', '{"data":{"payout":null}}', 'cached'], ['true', '{"data":{"payout":true}}', 'cached'],
    ['an object', '{"data":{"payout":{"usd":412.5}}}', 'cached'],
    ['two payouts', '{"data":{"payout":1,"payout":2}}', 'cached'],
    ['more than there is', '{"data":{"payout":99999999999999}}', 'cached'],
    ['weeks are text', '{"data":{"payout":412.5,"weekly_settlements":"none"}}', 'cached'],
    ['a week of NaN', '{"data":{"payout":412.5,"weekly_settlements":[{"balance":NaN}]}}', 'cached'],
    ['a week of text', '{"data":{"payout":412.5,"weekly_settlements":[{"balance":"412.5"}]}}',
        'cached'],
    ['a total without weeks', '{"data":{"payout":250000.00,"weekly_settlements":[]}}', 'cached'],
    ['a week without unrealized', answer(412.5, { balance => 500, unrealized => undef }), 'cached'],
    ['a penalty of 9000', answer(412.5, { balance => 500, weekly_penalty => 9000 }), 'cached'],
    ['a negative scale', answer(412.5, { balance => 500, scale => -1 }), 'cached'],
    ['the week that runs', answer(412.5, { balance => 500 }, 0), 'cached'],
    ['another subaccount',
        answer(412.5, { balance => 500 }, 1, subaccount_uuid => 'somebody else'), 'cached'],
    ['an error that says 200', '{"status":"error","data":{"payout":412.5}}', 'cached'],
    ['404', { do => 'body', status => 404, body => '{"status":"error"}' }, 'none'],
    ['zero', '{"data":{"payout":0}}', 'none'], ['zero as 0.00', '{"data":{"payout":0.00}}', 'none'],
    ['negative', '{"data":{"payout":-412.5}}', 'none'],
    ['less than a cent', '{"data":{"payout":0.00999}}', 'none'],
    ['-1e9', '{"data":{"payout":-1e9}}', 'none'],
);
for my $case (@hostile) {
    my ($name, $fault, $known) = @$case;
    my $before = $api->GET($uri, @account);
    is_json($before, { amount_cents => 41_250, available => $yes },
        "$name: before it 412.50 is available");
    $fault = { do => 'body', body => $fault } if !ref $fault;
    $purser->double->faults({ match => $payout_call, %$fault, times => -1 });
    my $start = time;
    my $told = json_of($api->GET($uri, @account));
    cmp_ok(time - $start, '<', 3, "$name: the answer comes in time");
    if ($known eq 'cached') {
        like(delete $told->{as_of}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
            "$name: the last known amount, with its time");
        is_deeply($told, { %cached, amount_usd => 412.5, currency => 'usd',
            reason => 'validator_unavailable' },
            "$name: the last known amount is not available");
    }
    else {
        is_deeply($told, \%nothing_owed, "$name: nothing is owed");
    }
    my $asked = $api->POST('/v2/payouts/request', { prop_account_id => $account->{id} });
    is_problem($asked, $known eq 'cached' ? (503, 'V2_UNAVAILABLE') : (409, 'V2_NOTHING_OWED'),
        "$name: nothing is paid");
    $purser->double->no_faults;
}
is($purser->value('select count(*) from payouts.payout'), 0,
    'estimate: no payout came of all bad answers');

subtest 'estimate: good answers of other forms' => sub {
    my %week = (balance => 500);
    for (['the older shape', answer('412.50', \%week) =~ s/"data"/"payout_data"/r, 41_250],
        ['floored once', answer('412.509999999', \%week), 41_250],
        ['what a float makes of it', answer('412.49999999999994', \%week), 41_249],
        ['a total above its weeks is what they bear out', answer('900.00', \%week), 50_000],
        ['this subaccount', answer('412.50', \%week, 1,
            subaccount_uuid => $account->{subaccount_uuid}), 41_250],
        ['exponent form', answer('4.125e2', \%week), 41_250]) {
        $purser->double->faults({ match => $payout_call, do => 'body', body => $_->[1] });
        is_json($api->GET($uri, @account), { amount_cents => $_->[2], available => $yes }, $_->[0]);
    }
};

subtest 'estimate: a cached amount lives for a day' => sub {
    $purser->value("update payouts.estimate set observed_at = observed_at - interval '23 h 59 min' "
        . "returning 1");
    $purser->double->faults({ match => $payout_call, do => '500', times => -1 });
    is_json($api->GET($uri, @account), { amount_cents => 41_250 },
        'an amount that is not quite a day old is shown');
    $purser->value("update payouts.estimate set observed_at = observed_at - interval '2 min' "
        . "returning 1");
    is_deeply(json_of($api->GET($uri, @account)), { %zeros, reason => 'validator_unavailable' },
        'an amount that is more than a day old is not shown');
    my $fresh = T::Payouts->new($purser);
    my $other = $fresh->funded([5, 0]);
    is_deeply($fresh->estimate, { %zeros, reason => 'no_payee' },
        'an account that never had an answer shows zeros');
    $purser->double->no_faults;
    is_json($api->GET($uri, @account), { amount_cents => 41_250, available => $yes },
        'an answer makes the amount available again');
};

subtest 'estimate: the validator says that the account is eliminated' => sub {
    $alice->script($account, 'eliminated');
    is_deeply(json_of($api->GET($uri, @account)), \%not_funded,
        'an eliminated account earns nothing');
    is($purser->value('select status from payments.prop_account where id = ?', $account->{id}),
        'eliminated', 'an eliminated account is stored as eliminated');
};

done_testing;
