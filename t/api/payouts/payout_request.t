# Protects: a request takes all that is owed, once, however many requests come at the same time; the
# client names no amount.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

# Long enough that a busy machine does not look like a slow validator: 50 requests ask it at once.
my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)],
    conf => { validator_request_timeout_ms => 30_000 });
my $uri = '/v2/payouts/request';
my $alice = T::Payouts->new($purser);
my $api = $alice->api;
my @members = qw(amount_cents completed_at currency destination failure_reason hold_reason id
    requested_at status stripe_transfer_id);

sub payouts {
    return $purser->value('select count(*) from payouts.payout where user_id = ?', $_[0]->user);
}

subtest 'payout request: what must be there before' => sub {
    is_problem($api->POST($uri, {}), 409, 'V2_SUBACCOUNT_NOT_READY',
        'a user without an account is refused');
    $purser->double->faults({ match => 'POST /api/create-subaccount', do => '500', times => -1 });
    $api->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 });
    is_problem($api->POST($uri, {}), 409, 'V2_SUBACCOUNT_NOT_READY',
        'an account without a subaccount is refused');
    $purser->double->no_faults;
    my $account = $alice->account;
    is_problem($api->POST($uri, {}), 409, 'V2_NOTHING_OWED', 'an evaluation account earns nothing');
    $alice->script($account, 'funded', [412.5, 0]);
    is_problem($api->POST($uri, {}), 409, 'V2_PAYOUTS_NOT_ENABLED',
        'a user without a payee is refused');
    $alice->payee(outcome => 'none');
    is_problem($api->POST($uri, {}), 409, 'V2_PAYOUTS_NOT_ENABLED', 'a pending payee is refused');
    $alice->payee(outcome => 'restricted');
    is_problem($api->POST($uri, {}), 409, 'V2_PAYOUTS_NOT_ENABLED',
        'a restricted payee is refused');
    $alice->payee;
    is(payouts($alice), 0, 'refused requests make no payout');
};

subtest 'payout request: the amount of the client' => sub {
    is_problem($api->POST($uri, { amount_cents => $_ }), 422, 'V2_AMOUNT_MISMATCH',
        "$_ is not what is owed") for 1, 41_249, 41_251, 1_000_000;
    is_problem($api->POST($uri, { amount_cents => $_ }), 422, 'V2_VALIDATION_ERROR',
        JSON::PP->new->allow_nonref->encode($_) . ' is no amount')
        for 0, -41_250, '41250', 412.5, [41_250];
    is(payouts($alice), 0, 'refused amounts make no payout');
};

my $payout;
subtest 'payout request: one that is good' => sub {
    my $answer = $api->POST($uri, { amount_cents => 41_250 });
    is_status($answer, 200, 'the request is answered by 200');
    $payout = json_of($answer);
    is_deeply([sort keys %$payout], \@members, 'the answer has the ten documented members');
    like($payout->{id}, qr/^po_[0-9a-f]{32}$/, 'the id has our form');
    like($payout->{requested_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'requested_at is a time');
    is_json($answer, { amount_cents => 41_250, currency => 'usd', status => 'pending',
        stripe_transfer_id => undef, hold_reason => undef,
        failure_reason => undef, completed_at => undef },
        'the payout is pending, with the amount that is owed');
    is(scalar $purser->double->calls(POST => '/v1/transfers'), 0, 'Stripe is not asked yet');
    is_deeply($alice->estimate, { amount_usd => 0, amount_cents => 0, currency => 'usd',
        available => JSON::PP::false, reason => 'nothing_owed' }, 'the amount is no longer owed');
    is_problem($api->POST($uri, {}), 409, 'V2_PAYOUT_IN_PROGRESS', 'a second request is refused');
    is_deeply($purser->rows('select code, balance::int from admin.ledger_balances '
        . q(where balance <> 0 and code like '%:traders' order by code)),
        [{ code => 'costs:traders', balance => 41_250 },
            { code => 'payables:traders', balance => -41_250 }],
            'the books have the amount as owed');
};

subtest 'payout request: many with one key' => sub {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    my $account = $trader->funded([100, 0]);
    my @key = ('Idempotency-Key' => 'request');
    my @answers = $trader->api->parallel(map { [POST => $uri, {}, @key] } 1 .. 8);
    my %bodies = map { ($_->{body} => 1) } grep { $_->{status} == 200 } @answers;
    is(scalar keys %bodies, 1, 'all answers with 200 have the same bytes');
    is(scalar(grep { $_->{status} != 200 && json_of($_)->{detail}{code}
        ne 'V2_IDEMPOTENCY_IN_PROGRESS' } @answers), 0,
        'all other answers say that the request is in progress');
    is($trader->api->POST($uri, {}, @key)->{body}, (keys %bodies)[0],
        'the key gets the same bytes later');
    is_problem($trader->api->POST($uri, { prop_account_id => $account->{id} }, @key), 409,
        'V2_IDEMPOTENCY_CONFLICT', 'the key with another body is a conflict');
    is(payouts($trader), 1, 'the database has one payout');
};

subtest 'payout request: 50 at once without a key' => sub {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    $trader->funded([250.01, 0]);
    $trader->estimate;    # makes the row that the requests lock
    my @answers = $trader->api->parallel(map { [POST => $uri, {}] } 1 .. 50);
    my @paid = grep { $_->{status} == 200 } @answers;
    is(scalar @paid, 1, 'one request is answered with a payout');
    is(json_of($paid[0])->{amount_cents}, 25_001, 'the payout is of all that is owed');
    my %other;
    $other{ json_of($_)->{detail}{code} }++ for grep { $_->{status} != 200 } @answers;
    is_deeply(\%other, { V2_PAYOUT_IN_PROGRESS => 49 },
        'the others are refused since one is in progress');
    is(payouts($trader), 1, 'the database has one payout');
    my @submitted = $trader->writer->parallel(map {
        [POST => '/v2/payouts/' . json_of($paid[0])->{id} . '/submit', {}]
    } 1 .. 20);
    is(scalar(grep { $_->{status} !~ /^20[02]$/ } @submitted), 0,
        '20 submits at once are answered by 200 or 202');
    $purser->wait_for('it is paid', sub {
        json_of($trader->api->GET('/v2/payouts'))->[0]{status} eq 'paid';
    });
    is(scalar $trader->transfers(json_of($paid[0])->{id}), 1, 'Stripe has one transfer');
    @answers = $trader->api->parallel(map { [POST => $uri, {}] } 1 .. 50);
    is(scalar(grep { json_of($_)->{detail}{code} ne 'V2_NOTHING_OWED' } @answers), 0,
        '50 more requests find nothing owed');
};

subtest 'payout request: which account is paid' => sub {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    my @accounts = map { $trader->funded([$_, 0]) } 10, 20, 30;
    my $bob = T::Payouts->new($purser);
    is_problem($bob->api->POST($uri, { prop_account_id => $accounts[0]{id} }), 404, 'V2_NOT_FOUND',
        "another user's account is not found");
    is_problem($trader->api->POST($uri, { prop_account_id => 'prop_none' }), 404, 'V2_NOT_FOUND',
        'an unknown account in the body is not found');
    is_problem($trader->api->POST($uri, {}, 'X-Prop-Account' => 'prop_none'), 404, 'V2_NOT_FOUND',
        'an unknown account in the header is not found');
    is_json($trader->api->POST($uri, { prop_account_id => $accounts[0]{id} }),
        { amount_cents => 1000 }, 'the account that the body names is paid');
    is_json($trader->api->POST($uri, {}, 'X-Prop-Account' => $accounts[1]{id}),
        { amount_cents => 2000 }, 'the account that X-Prop-Account names is paid');
    is_json($trader->api->POST($uri, {}), { amount_cents => 3000 },
        'the newest account is paid when none is named');
};

subtest 'payout request: the policy of a tenant' => sub {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    my $account = $trader->funded([49.99, 0]);
    T::Payouts::policy($purser, 1, 5000);
    is_deeply($trader->estimate, { amount_usd => 49.99, amount_cents => 4999, currency => 'usd',
        available => JSON::PP::false, reason => 'below_minimum' },
        'an amount below the minimum is not available');
    my $refused = $trader->api->POST($uri, {});
    is_problem($refused, 409, 'V2_NOTHING_OWED', 'an amount below the minimum is not paid');
    like(json_of($refused)->{detail}{message}, qr/minimum of 50\.00 USD/,
        'the refusal names the minimum');
    $trader->script($account, 'funded', [49.99, 0], [50, 0]);
    my $made = json_of($trader->api->POST($uri, {}));
    is($made->{status}, 'pending', 'a payout that is submitted at once is answered as pending');
    $purser->wait_for('it is paid', sub {
        json_of($trader->api->GET('/v2/payouts'))->[0]{status} eq 'paid';
    });
    is(scalar $trader->transfers($made->{id}), 1,
        'a payout that is submitted at once is paid by purser-jobs');
    T::Payouts::policy($purser, 0, 0);
};

subtest 'payout request: what is earned later is paid later' => sub {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    my $account = $trader->funded([100, 0]);
    my @weeks = [100, 0];
    for ([80, 0, undef], [150, -20, 3000], [150, 0, 2000], [149, 0, undef]) {
        my $made = json_of($trader->api->POST($uri, {}));
        $trader->writer->POST("/v2/payouts/$made->{id}/submit", {}) if $made->{id};
        push @weeks, [@$_[0, 1]];
        $trader->script($account, 'funded', @weeks);
        is_json($trader->api->GET('/v2/payouts/estimate'), { amount_cents => $_->[2] // 0 },
            "with the balance $_->[0] and $_->[1] open the new part is owed");
    }
    is($purser->value("select sum(amount_cents) from payouts.payout where user_id = ? "
        . "and status = 'paid'", $trader->user), 15_000,
        'all payouts sum to the highest realised mark');
};

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'payout request: every posting has its reason in the end');
done_testing;
