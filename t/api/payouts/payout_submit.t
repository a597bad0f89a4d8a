# Protects: a submit moves the money once, to the payee, or gives the trader the reason why not; a
# payout whose transfer is unknown stays processing until purser-jobs finds the transfer.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $transfers = 'POST /v1/transfers';

# A trader with a pending payout of these cents.
sub pending {
    my ($cents) = @_;
    my $trader = T::Payouts->new($purser);
    my $payee = $trader->payee;
    $trader->funded([$cents / 100, 0]);
    my $payout = json_of($trader->api->POST('/v2/payouts/request', {}));
    return ($trader, $payout->{id}, $payee);
}

# A call of Stripe that is not ours: a POST of these parameters, or a DELETE.
sub at_stripe {
    my ($uri, @params) = @_;
    my $delete = "@params" eq 'DELETE';
    return $purser->double->http->request({ method => $delete ? 'DELETE' : 'POST', uri => $uri,
        headers => { Authorization => "Bearer $T::Purser::SECRET_KEY",
            'Content-Type' => 'application/x-www-form-urlencoded' },
        body => $delete ? '' : join '&', @params });
}

# The idempotency keys of the requests for a payout's transfer.
sub keys_of {
    my ($payout) = @_;
    my @keys = map { $_->{headers}{'idempotency-key'} }
        grep { ($_->{params}{metadata}{purser_object} // '') eq $payout }
        $purser->double->calls(POST => '/v1/transfers');
    return @keys;
}

sub status { return json_of($_[0]->api->GET('/v2/payouts'))->[0] }
sub events {
    return join ' ', map { $_->{type} }
        @{ $purser->rows('select type from webhooks.outbox where object_id = ? order by id',
            $_[0]) }
}

# The event that Stripe sends about a transfer; purser-webhooks, which would take it, is not there.
sub transfer_event {
    my ($transfer, $what) = @_;
    $what //= 'created';
    my $event = JSON::PP::encode_json({ id => "evt_$transfer$what", object => 'event',
        type => "transfer.$what", created => time, livemode => JSON::PP::false,
        api_version => '2026-10-28.endive',
        data => { object => { id => $transfer, object => 'transfer' } } });
    return $purser->value("select stripe_events.event_receive(array['default'], array[?], "
        . 'array[?], array[null]::text[], array[false], array[?]::bigint[], array[?], '
        . 'array[?], array[?])',
        "evt_$transfer$what", "transfer.$what", time, '2026', $transfer, $event);
}

subtest 'payout submit: the payout is paid' => sub {
    my ($trader, $id, $payee) = pending(41_250);
    my $uri = "/v2/payouts/$id/submit";
    is_problem($trader->api->POST($uri, {}), 403, 'V2_SCOPE_MISSING',
        'a token without payouts:write is refused');
    is(status($trader)->{status}, 'pending', 'a refused submit leaves the payout pending');
    my $answer = $trader->writer->POST($uri, {}, 'Idempotency-Key' => 'pay');
    is_status($answer, 200, 'the submit is answered by 200');
    is_json($answer, { id => $id, status => 'paid', amount_cents => 41_250,
        failure_reason => undef }, 'the payout is paid');
    my ($call, @more) = grep { $_->{params}{metadata}{purser_object} eq $id }
        $purser->double->calls(POST => '/v1/transfers');
    is(scalar @more, 0, 'Stripe is asked once');
    is_deeply($call->{params}, { amount => '41250', currency => 'usd',
        destination => $payee->{stripe_account_id},
        transfer_group => $id,
        metadata => $purser->metadata($id, purser_attempt => '1', purser_user => $trader->user) },
        'the transfer has amount, destination and metadata');
    is($call->{headers}{'idempotency-key'}, "$id:transfer",
        'the Idempotency-Key is made of the row and the step');
    is(json_of($answer)->{stripe_transfer_id}, $call->{response}{id},
        'the answer names the transfer');
    is($trader->writer->POST($uri, {}, 'Idempotency-Key' => 'pay')->{body}, $answer->{body},
        'the same key gets the same bytes');
    is($trader->writer->POST($uri, {})->{body}, $answer->{body},
        'a submit without a key gets the payout as it is');
    is(scalar $trader->transfers($id), 1, 'Stripe has one transfer');
    is(events($id), 'payout.completed', 'the outbox has one payout.completed');
    my ($data) = @{ $purser->rows(q{select data from webhooks.outbox where object_id = ?}, $id) };
    is_deeply(JSON::PP::decode_json($data->{data}), json_of($answer),
        'the event has the payout as its GET shows it');
};

subtest 'payout submit: whose payout it is' => sub {
    my ($trader, $id) = pending(100);
    my $bob = T::Payouts->new($purser);
    is_problem($bob->writer->POST("/v2/payouts/$id/submit", {}), 404, 'V2_NOT_FOUND',
        "another user's payout is not found");
    is_problem($bob->writer->POST('/v2/payouts/po_none/submit', {}), 404, 'V2_NOT_FOUND',
        'an unknown payout is not found');
    is_problem($trader->api->with(token => $purser->{payouts_token},
        session => undef)->POST("/v2/payouts/$id/submit", {}), 401, 'V2_SESSION_INVALID',
        'a request without a session is refused');
};

subtest 'payout submit: Stripe refuses' => sub {
    my %reason = (
        'transfers_not_allowed' => qr/finish its setup/, 'no_account' => qr/finish its setup/,
        'account_closed' => qr/finish its setup/, 'something_new' => qr/refused/,
    );
    for my $code (sort keys %reason) {
        my ($trader, $id) = pending(500);
        T::Payouts::refuse($purser, $code);
        my $answer = $trader->writer->POST("/v2/payouts/$id/submit", {});
        is_status($answer, 200, "$code: the submit is answered by 200");
        is_json($answer, { status => 'failed', stripe_transfer_id => undef,
            completed_at => undef }, "$code: the payout is failed, without a transfer");
        like(json_of($answer)->{failure_reason}, $reason{$code},
            "$code: the reason is in words for the trader");
        unlike($answer->{body}, qr/internal words/, "$code: the answer has no words of Stripe");
        is(events($id), 'payout.failed', "$code: the outbox has one payout.failed");
        is_json($trader->api->GET('/v2/payouts/estimate'),
            { amount_cents => 500, available => JSON::PP::true },
            "$code: the amount is owed again");
        is_problem($trader->writer->POST("/v2/payouts/$id/submit", {}), 409, 'V2_PAYOUT_FINAL',
            "$code: the payout is not submitted again without a retry");
    }
};

# What a payout looks like that Stripe refused for now.
sub waits {
    my ($trader, $id, $name) = @_;
    is_deeply([@{ status($trader) }{qw(id status failure_reason)}], [$id, 'processing', undef],
        "$name: the payout is processing");
    is(events($id), '', "$name: the outbox has nothing");
    is_problem($trader->api->POST('/v2/payouts/request', {}), 409, 'V2_PAYOUT_IN_PROGRESS',
        "$name: the amount stays committed");
    return;
}

subtest 'payout submit: Stripe refuses for now' => sub {
    my ($trader, $id) = pending(700);
    T::Payouts::balance($purser, 0);
    my $submit = "/v2/payouts/$id/submit";
    is_status($trader->writer->POST($submit, {}, 'Idempotency-Key' => 'low'), 202,
        'a balance that is too low: the submit is answered by 202');
    waits($trader, $id, 'a balance that is too low');
    is_status($trader->writer->POST($submit, {}, 'Idempotency-Key' => 'low'), 202,
        'a balance that is too low: a repeat is answered by 202');
    is(scalar keys_of($id), 1, 'a balance that is too low: a repeat does not ask Stripe');
    my ($row) = @{ $purser->rows('select * from admin.payouts where id = ?', $id) };
    is("$row->{failure_code} $row->{deferrals}", 'balance_insufficient 1',
        'a balance that is too low: operators see why');
    like($row->{last_error}, qr/insufficient available funds/,
        "a balance that is too low: operators see Stripe's words");
    T::Payouts::balance($purser, 100_000_000);
    is($purser->value("select admin.retry(?, 'funded', false)", $id), 'payout',
        'an operator asks for another try');
    $purser->wait_for('it is paid', sub { status($trader)->{status} eq 'paid' });
    is_deeply([keys_of($id)], ["$id:transfer", "$id:transfer:2"],
        'the next attempt has a key of its own');
    is(scalar $trader->transfers($id), 1, 'Stripe has one transfer');
    is(events($id), 'payout.completed', 'the outbox has one payout.completed');
};

subtest 'payout submit: a rate limit passes by itself' => sub {
    for my $case ([['429'], 2], [['cut_after', '429', 'cut_after', '429'], 1]) {
        my ($faults, $keys) = @$case;
        my ($trader, $id) = pending(750);
        $purser->double->faults(map { { match => $transfers, do => $_ } } @$faults);
        is_status($trader->writer->POST("/v2/payouts/$id/submit", {}), 202,
            "@$faults: the submit is answered by 202");
        $purser->wait_for("@$faults: it is paid", sub { status($trader)->{status} eq 'paid' });
        my %keys = map { $_ => 1 } keys_of($id);
        is(scalar keys %keys, $keys, "@$faults: another key only after the only request of one");
        is(scalar $trader->transfers($id), 1, "@$faults: Stripe has one transfer");
    }
};

subtest 'payout submit: the payee is gone, and nobody knew' => sub {
    my ($trader, $id, $payee) = pending(760);
    is_status(at_stripe("/v1/accounts/$payee->{stripe_account_id}", 'DELETE'), 200,
        'the payee is deleted at Stripe');
    is_json($trader->writer->POST("/v2/payouts/$id/submit", {}),
        { status => 'failed', stripe_transfer_id => undef }, 'the payout failed');
    like(status($trader)->{failure_reason}, qr/not found/, 'the reason is in words for the trader');
    is_json($trader->api->GET('/v2/payouts/estimate'),
        { amount_cents => 760, available => JSON::PP::false },
        'the amount is owed again, and not available without a payee');
    is_problem($trader->api->POST('/v2/payouts/request', {}), 409, 'V2_PAYOUTS_NOT_ENABLED',
        'another request is refused');
    my $shown = json_of($trader->api->GET('/v2/connect/accounts'))->[0];
    is_deeply([@$shown{qw(status payouts_enabled)}], ['disabled', JSON::PP::false],
        'the account is shown as disabled');
    $trader->payee;
    $purser->dbh->do('update core.tenant set payee_change_hold_hours = 0');
    my $next = json_of($trader->api->POST('/v2/payouts/request', {}))->{id};
    is_json($trader->writer->POST("/v2/payouts/$next/submit", {}), { status => 'paid' },
        'another payee is paid');
    $purser->dbh->do('update core.tenant set payee_change_hold_hours = default');
};

subtest 'payout submit: a key without rights says nothing of the payout' => sub {
    my ($trader, $id) = pending(770);
    $purser->double->faults({ match => $transfers, do => 'rights', times => -1 });
    is_status($trader->writer->POST("/v2/payouts/$id/submit", {}), 202,
        'the submit is answered by 202');
    waits($trader, $id, 'a key without rights');
    is($purser->value(q{select state from admin.health where what = }
        . q{'our right to POST /v1/transfers'}), 'refused', 'operators see the call');
    $purser->double->no_faults;
    $purser->value("select admin.retry(?, 'the key has the right', false)", $id);
    $purser->wait_for('it is paid', sub { status($trader)->{status} eq 'paid' });
    is($purser->value(q{select count(*) from admin.health where what like 'our right%'}), 0,
        'operators see it no longer');
};

subtest 'payout submit: Stripe does not answer' => sub {
    for my $fault (qw(cut_after lost_answer 500 429 html truncated hang)) {
        my ($trader, $id) = pending(800);
        $purser->jobs->stop;
        $purser->double->faults({ match => $transfers, do => $fault, times => -1 });
        my @key = ('Idempotency-Key' => "unknown-$fault");
        my $answer = $trader->writer->POST("/v2/payouts/$id/submit", {}, @key);
        is_status($answer, 202, "$fault: the submit is answered by 202");
        is_json($answer, { status => 'processing', failure_reason => undef,
            stripe_transfer_id => undef }, "$fault: the payout is processing");
        is_problem($trader->api->POST('/v2/payouts/request', {}), 409, 'V2_PAYOUT_IN_PROGRESS',
            "$fault: the amount is not owed a second time");
        is_problem($trader->api->POST("/v2/payouts/$id/cancel", {}), 409, 'V2_PAYOUT_IN_PROGRESS',
            "$fault: the payout is not canceled");
        $purser->double->no_faults;
        if ($fault =~ /^(?:cut_after|500)$/) {
            is_json($trader->writer->POST("/v2/payouts/$id/submit", {}, @key), { status => 'paid' },
                "$fault: the same key finds the transfer");
        }
        $purser->start_program('purser-jobs');
        $purser->wait_for("$fault: found out", sub { status($trader)->{status} eq 'paid' });
        is(scalar $trader->transfers($id), 1, "$fault: Stripe has one transfer");
    }
};

subtest 'payout submit: an event settles one without an answer' => sub {
    my ($trader, $id) = pending(900);
    $purser->double->faults({ match => $transfers, do => 'cut_after', times => -1 });
    is_status($trader->writer->POST("/v2/payouts/$id/submit", {}), 202,
        'the submit is answered by 202');
    is($purser->value("update payouts.payout set next_run_at = 'infinity' "
        . "where id = ? returning status", $id), 'processing', 'purser-jobs does not ask Stripe');
    $purser->double->no_faults;
    my ($transfer) = $trader->transfers($id);
    transfer_event($transfer);
    $purser->wait_for('the event is applied', sub { status($trader)->{status} eq 'paid' });
    is(status($trader)->{stripe_transfer_id}, $transfer, "the event's transfer is stored");
};

subtest "payout submit: after the window of Stripe's keys" => sub {
    my ($found, $found_id) = pending(1000);
    my ($lost, $lost_id) = pending(1100);
    $purser->jobs->stop;
    $purser->double->faults({ match => $transfers, do => 'cut_after', times => -1 });
    is_status($found->writer->POST("/v2/payouts/$found_id/submit", {}), 202,
        'a transfer whose answer was lost is answered by 202');
    $purser->double->no_faults;
    $purser->double->faults({ match => $transfers, do => '500', times => -1 });
    is_status($lost->writer->POST("/v2/payouts/$lost_id/submit", {}), 202,
        'a transfer that was never made is answered by 202');
    $purser->double->no_faults;
    my $asked = $purser->double->calls(POST => '/v1/transfers');
    $purser->double->control(POST => '/_double/clock', { advance_s => 25 * 3600 });
    $purser->value("update payouts.payout set sent_at = sent_at - interval '25 h', next_run_at = "
        . "now() where status = 'processing' returning 1");
    my ($one) = $found->transfers($found_id);
    $purser->start_program('purser-jobs');
    $purser->wait_for('both are settled', sub {
        !$purser->value("select count(*) from payouts.payout where status = 'processing'");
    });
    is_deeply([@{ status($found) }{qw(status stripe_transfer_id)}], ['paid', $one],
        'the transfer that was made is found by its metadata');
    is(status($lost)->{status}, 'failed', 'the payout whose transfer was not made is failed');
    like(status($lost)->{failure_reason}, qr/never reached the bank/,
        'the failed payout says that no money was sent');
    is(scalar $purser->double->calls(POST => '/v1/transfers'), $asked,
        'Stripe is sent no transfer again');
    is_json($lost->api->POST("/v2/payouts/$lost_id/retry", {}), { status => 'pending' },
        'the failed payout can be retried');
    is_json($lost->writer->POST("/v2/payouts/$lost_id/submit", {}), { status => 'paid' },
        'the retried payout is paid');
    is(scalar $lost->transfers($lost_id), 1, 'the retried payout has one transfer');
};

subtest 'payout submit: the payee is disabled before' => sub {
    my ($trader, $id, $payee) = pending(1200);
    $purser->double->control(POST => "/_double/accounts/$payee->{stripe_account_id}/onboard",
        { outcome => 'disabled' });
    $trader->api->GET('/v2/connect/accounts');
    $purser->value("update connect.account set checked_at = checked_at - interval '61 s' "
        . "where user_id = ? returning 1", $trader->user);
    $trader->api->GET('/v2/connect/accounts');
    is_problem($trader->writer->POST("/v2/payouts/$id/submit", {}), 409, 'V2_PAYOUTS_NOT_ENABLED',
        'the submit is refused');
    is(status($trader)->{status}, 'pending', 'the payout stays pending');
    my $new = $trader->payee;
    is_problem($trader->writer->POST("/v2/payouts/$id/submit", {}), 409, 'V2_PAYOUTS_NOT_ENABLED',
        'the payout does not go to a payee that was onboarded after its request');
    is_json($trader->api->POST("/v2/payouts/$id/cancel", {}),
        { status => 'canceled', destination => { stripe_account_id => $payee->{stripe_account_id},
            bank_name => 'STRIPE TEST BANK', last4 => '6789' } },
        'the payout is canceled, and shows to whom it was to go');
    my $next = json_of($trader->api->POST('/v2/payouts/request', {}));
    is($next->{destination}{stripe_account_id}, $new->{stripe_account_id},
        'the next request names the new payee');
    like($next->{hold_reason}, qr/changed: the payout is on hold until \d{4}-/,
        'the next payout tells until when the new payee waits');
    is_problem($trader->writer->POST("/v2/payouts/$next->{id}/submit", {}), 409,
        'V2_PAYOUT_ON_HOLD', 'the new payee is not paid at once');
    $purser->value(q{update connect.account set payable_since = payable_since - interval '24 h' }
        . q{where stripe_account_id = ? returning 1}, $new->{stripe_account_id});
    is_json($trader->writer->POST("/v2/payouts/$next->{id}/submit", {}),
        { status => 'paid', hold_reason => undef }, 'the new payee is paid a day later');
};

subtest 'payout submit: an exception holds the money' => sub {
    my ($trader, $id) = pending(1300);
    is_json($trader->writer->POST("/v2/payouts/$id/submit", {}), { status => 'paid' },
        'the payout is paid');
    my ($call) = grep { $_->{params}{metadata}{purser_object} eq $id }
        $purser->double->calls(POST => '/v1/transfers');
    my $metadata = $call->{params}{metadata};
    my $again = at_stripe('/v1/transfers', 'amount=1300', 'currency=usd',
        "destination=$call->{params}{destination}",
        map { "metadata[$_]=$metadata->{$_}" } sort keys %$metadata);
    is_status($again, 200, 'the same is transferred a second time, not by us');
    my $transfer = json_of($again)->{id};
    transfer_event($transfer);
    my ($tenant) = $purser->tenants;
    my $exception = $purser->wait_for('the second transfer is an exception', sub {
        $purser->value('select id from admin.exceptions where object_id = ?', $transfer);
    });
    is($purser->value(q(select balance from ledger.balance_v where code = 'suspense:payouts')),
        1300, 'the second transfer is in suspense');

    my $account = json_of($trader->api->GET('/v2/payments/prop-accounts'))->[0];
    $trader->script($account, 'funded', [20, 0]);
    my $next = json_of($trader->api->POST('/v2/payouts/request', {}));
    is("$next->{status} $next->{amount_cents}", 'pending 700', 'a request makes a pending payout');
    my $answer = $trader->writer->POST("/v2/payouts/$next->{id}/submit", {});
    is_problem($answer, 409, 'V2_PAYOUT_ON_HOLD', 'a submit of the pending payout is refused');
    like($answer->{body}, qr/transfer_conflict/, 'the refusal has the reason');
    is(scalar $trader->transfers($next->{id}), 0, 'Stripe is asked for nothing');
    is($purser->value(q{select admin.resolve_exception(?, ?, 'given back', 'test', false)},
        $tenant->{slug}, $exception), $exception, 'an operator resolves the exception');
    is_json($trader->writer->POST("/v2/payouts/$next->{id}/submit", {}), { status => 'paid' },
        'the payout is paid then');

    is_status(at_stripe("/v1/transfers/$transfer/reversals", 'amount=1300'), 200,
        'staff reverse the second transfer');
    transfer_event($transfer, 'reversed');
    $purser->wait_for('the reversal is applied', sub {
        !$purser->value(q(select sum(balance) from ledger.balance_v )
            . q(where code = 'suspense:payouts'));
    });
    is($purser->value('select count(*) from admin.exceptions where object_id = ?', $transfer), 1,
        'what an operator has resolved opens no other exception');
};

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'payout submit: every posting has its reason in the end');
is_deeply($purser->rows("select * from admin.stuck where what = 'payout'"), [],
    'payout submit: no payout is stuck in the end');
done_testing;
