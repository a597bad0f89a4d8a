# Protects: whether money leaves is decided when it leaves, by facts of that moment: the account,
# the validator's word, the payee as Stripe shows it, whatever events were lost.  What is under way
# and held is looked up, and not asked for again.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $double = $purser->double;
my $transfers = 'POST /v1/transfers';

# A trader with a pending payout of these cents; what the validator said of it is this old.
sub pending {
    my ($cents, $age) = @_;
    my $trader = T::Payouts->new($purser);
    $trader->{acct} = $trader->payee->{stripe_account_id};
    $trader->{prop} = $trader->funded([$cents / 100, 0]);
    my $payout = json_of($trader->api->POST('/v2/payouts/request', {}));
    age($trader, $age) if $age;
    return ($trader, $payout->{id});
}

sub age {
    my ($trader, $age) = @_;
    return $purser->value('update payouts.estimate set observed_at = observed_at - ?::interval '
        . 'where account_id = ? returning 1', $age, $trader->{prop}{id});
}

# What Stripe said of the trader's payee is this old.
sub age_payee {
    my ($trader, $age) = @_;
    return $purser->value('update connect.account set checked_at = clock_timestamp() - '
        . '?::interval where stripe_account_id = ? returning 1', $age, $trader->{acct});
}

# How often Stripe was asked for the trader's payee.
sub payee_read { return scalar $double->calls(GET => "/v1/accounts/$_[0]{acct}") }

sub stored {
    my ($trader, $column) = @_;
    return $purser->value("select $column from connect.account where stripe_account_id = ?",
        $trader->{acct});
}

sub hold_code { return $purser->value('select hold_code from payouts.payout where id = ?', $_[0]) }

# What a payee's owner, Stripe and others do at Stripe; no event tells of it here.
my $changed = qr/the payee or its bank account changed: the payout is on hold until \d{4}-/;
my $unpayable = qr/finish onboarding first/;
my %change = (
    'another bank account' => [sub {
        $double->stripe(POST => "/accounts/$_[0]{acct}/external_accounts",
            external_account => 'btok_us') }, 'V2_PAYOUT_ON_HOLD', $changed],
    'a debit card beside the bank account' => [sub {
        $double->stripe(POST => "/accounts/$_[0]{acct}/external_accounts",
            external_account => 'tok_visa_debit') }, 'V2_PAYOUT_ON_HOLD', $changed],
    'payouts that are disabled' => [sub {
        $double->control(POST => "/_double/accounts/$_[0]{acct}/onboard",
            { outcome => 'restricted' }) }, 'V2_PAYOUTS_NOT_ENABLED', $unpayable],
    'a deleted account' => [sub { $double->stripe(DELETE => "/accounts/$_[0]{acct}") },
        'V2_PAYOUTS_NOT_ENABLED', $unpayable],
    'an account that left the platform' => [sub {
        $double->control(POST => "/_double/accounts/$_[0]{acct}/deauthorize", {}) },
        'V2_PAYOUTS_NOT_ENABLED', $unpayable],
);

sub shown { return json_of($_[0]->api->GET('/v2/payouts'))->[0] }
sub submit { return $_[0]->writer->POST("/v2/payouts/$_[1]/submit", {}) }
sub asked { return scalar $double->calls(POST => '/v1/transfers') }

subtest 'an account that was eliminated after the request' => sub {
    my ($trader, $id) = pending(70_000, '16 min');
    $trader->script($trader->{prop}, 'eliminated');
    my $before = asked();
    is_problem(submit($trader, $id), 409, 'V2_PAYOUT_ON_HOLD', 'a submit reads the validator');
    is_json($trader->api->GET('/v2/payments/prop-accounts/' . $trader->{prop}{id}),
        { status => 'eliminated' }, 'the account is eliminated by what the submit read');
    my $payout = shown($trader);
    is("$payout->{status}: $payout->{hold_reason}", 'pending: only a funded account earns payouts',
        'the trader sees why the payout waits');
    is($purser->value('select hold_reason from admin.payouts where id = ?', $id),
        $payout->{hold_reason}, 'operators see the same reason');
    is(asked(), $before, 'Stripe is asked for nothing');
};

subtest 'a validator that does not answer when its word is old' => sub {
    my ($trader, $id) = pending(800, '16 min');
    my $before = asked();
    for ('POST /entity/subaccount/payout', 'GET /entity/subaccount/*') {
        $double->faults({ match => $_, do => '500', times => -1 });
        is_problem(submit($trader, $id), 409, 'V2_PAYOUT_ON_HOLD',
            "a submit is refused without $_");
        $double->no_faults;
    }
    is(asked(), $before, 'Stripe is asked for nothing');
    my $payout = shown($trader);
    is("$payout->{status}: $payout->{hold_reason}",
        'pending: the validator has not confirmed the account in the last 900 s',
        'the trader sees why the payout waits');
    is($purser->value('select hold_reason from admin.payouts where id = ?', $id),
        $payout->{hold_reason}, 'operators see the same reason');
    is_json(submit($trader, $id), { status => 'paid', hold_reason => undef },
        'the payout is paid once the validator confirms it');
};

subtest 'a retry, forty days later' => sub {
    my ($trader, $id) = pending(900);
    $double->faults({ match => $transfers, do => 'body', status => 400, body =>
        '{"error":{"type":"invalid_request_error","code":"account_closed","message":"x"}}' });
    is_json(submit($trader, $id), { status => 'failed' }, 'a first attempt is refused');
    $double->no_faults;
    age($trader, '40 days');
    $trader->script($trader->{prop}, 'funded', [8, 0]);
    is_json($trader->api->POST("/v2/payouts/$id/retry", {}), { status => 'pending' },
        'a retry makes the payout pending again');
    my $before = asked();
    is_problem(submit($trader, $id), 409, 'V2_PAYOUT_ON_HOLD',
        'what is no longer owed is not paid on an old word');
    is(asked(), $before, 'Stripe is asked for nothing');
    $trader->script($trader->{prop}, 'funded', [9, 0]);
    age($trader, '16 min');
    is_json(submit($trader, $id), { status => 'paid' }, 'the payout is paid when it is owed again');
};

subtest 'an account that is suspended while Stripe does not answer' => sub {
    for (['that Stripe made', 'cut_after'], ['that Stripe never got', '500']) {
        my ($name, $fault) = @$_;
        my ($trader, $id) = pending(1100);
        $purser->jobs->stop;
        $double->faults({ match => $transfers, do => $fault, times => -1 });
        is_status(submit($trader, $id), 202, "a transfer $name: the outcome is unknown");
        $double->no_faults;
        $purser->value(q{select admin.suspend_account(?, 'fraud', false)}, $trader->{prop}{id});
        my $before = asked();
        $purser->start_program('purser-jobs');
        if ($fault eq 'cut_after') {
            $purser->wait_for('it is found', sub { shown($trader)->{status} eq 'paid' });
            pass("a transfer $name is found, and the payout is paid");
        }
        else {
            $purser->wait_for('it is looked up', sub {
                ($purser->value('select last_error from payouts.payout where id = ?', $id) // '')
                    =~ /^held, / });
            my $payout = shown($trader);
            is("$payout->{status}: $payout->{hold_reason}",
                'processing: the account is suspended, its payouts are on hold',
                "a transfer $name stays processing with the reason");
            my $answer = submit($trader, $id);
            is_status($answer, 202, "a transfer $name: a submit finds nothing out");
            like(json_of($answer)->{hold_reason}, qr/suspended/,
                "a transfer $name: the answer has the reason");
        }
        is(asked(), $before, "a transfer $name is not asked for again");
        $purser->value(q{select admin.restore_account(?, 'no fraud', false)}, $trader->{prop}{id});
        $purser->value('select admin.retry_payout(?, ?, false)', $id, 'no fraud')
            if $fault eq '500';
        $purser->wait_for('it is paid', sub { shown($trader)->{status} eq 'paid' });
        is(scalar $trader->transfers($id), 1, "a transfer $name: it is paid once in the end");
    }
};

subtest "a submit while Stripe's lists are unread" => sub {
    my ($trader, $id) = pending(1150);
    $purser->jobs->stop;
    $double->faults({ match => $transfers, do => '500', times => -1 });
    is_status(submit($trader, $id), 202, 'the outcome of the transfer is unknown');
    $double->no_faults;
    my $before = asked();
    $purser->value("update stripe_events.bookmark set covered_until = now() - interval '1 h' "
        . "where list = 'events' returning 1");
    my $answer = submit($trader, $id);
    is_status($answer, 202, 'the payout stays processing');
    is_json($answer, { status => 'processing',
        hold_reason => "purser-jobs has not read Stripe's list of events yet" },
        'the answer has the reason');
    is(asked(), $before, 'Stripe is asked for nothing before its lists are read');
    $purser->start_program('purser-jobs');
    $purser->wait_for('the payout is paid', sub { shown($trader)->{status} eq 'paid' });
    is(scalar $trader->transfers($id), 1, 'the payout is paid once');
};

subtest 'purser-jobs reads the validator itself' => sub {
    my ($good, $good_id) = pending(1200, '1 h');
    my ($gone, $gone_id) = pending(1300, '1 h');
    $gone->script($gone->{prop}, 'challenge');
    $purser->value('select admin.release_payout(?, ?, false)', $_, 'test') for $gone_id, $good_id;
    $purser->wait_for('one is paid', sub { shown($good)->{status} eq 'paid' });
    $purser->wait_for('one is held', sub { (hold_code($gone_id) // '') eq 'not_funded' });
    is(shown($gone)->{status}, 'pending', 'the payout of an account that is not funded waits');
    is(scalar $gone->transfers($gone_id), 0, 'Stripe is not asked for it');
};

subtest 'a payee that changed between request and submit' => sub {
    for my $name (sort keys %change) {
        my ($change, $problem, $reason) = @{ $change{$name} };
        my ($trader, $id) = pending(1400);
        $change->($trader) or die "$name is not made at Stripe";
        age_payee($trader, '901 s');
        my ($sent, $read) = (asked(), payee_read($trader));
        is_problem(submit($trader, $id), 409, $problem, "a submit finds $name");
        is(asked(), $sent, "$name: Stripe is asked for no transfer");
        is(payee_read($trader), $read + 1, "$name: the account is read once");
        my $payout = shown($trader);
        like("$payout->{status}: $payout->{hold_reason}", qr/^pending: $reason/,
            "$name: the trader sees why the payout waits");
        is($purser->value('select hold_reason from admin.payouts where id = ?', $id),
            $payout->{hold_reason}, "$name: operators see the same reason");
        is_problem(submit($trader, $id), 409, $problem, "$name: a second submit says the same");
        is(payee_read($trader), $read + 1, "$name: what is known is not read again");
        next if $reason ne $changed;
        ok(stored($trader, "bank_changed_at between now() - interval '1 min' and now()"),
            "$name: the time of hold begins now");
        $purser->value(q{update connect.account set bank_changed_at = now() - interval '24 h' }
            . 'where stripe_account_id = ? returning 1', $trader->{acct});
        is_json(submit($trader, $id), { status => 'paid' }, "$name: it is paid after the hold");
    }
};

subtest 'a payee that changed before the request' => sub {
    for my $name ('another bank account', 'payouts that are disabled', 'a deleted account') {
        my ($change, undef, $reason) = @{ $change{$name} };
        my $trader = T::Payouts->new($purser);
        $trader->{acct} = $trader->payee->{stripe_account_id};
        $trader->funded([15, 0]);
        $change->($trader);
        my $before = $purser->value('select clock_timestamp()');
        my $answer = $trader->api->POST('/v2/payouts/request', {});
        if ($reason eq $changed) {
            is_status($answer, 200, "$name: the request makes a payout");
            like(json_of($answer)->{hold_reason} // '', $reason, "$name: the payout is on hold");
        }
        else {
            is_problem($answer, 409, 'V2_PAYOUTS_NOT_ENABLED', "$name: no payout is made");
            is(stored($trader, 'payouts_enabled'), 0,
                "$name: what the refused request learnt of the payee is kept");
        }
        cmp_ok(stored($trader, "coalesce(gone_at, checked_at) >= '$before'::timestamptz"), '==', 1,
            "$name: it is known since the request");
    }
};

subtest 'Stripe says nothing of the payee' => sub {
    for my $fault ('500', 'hang', 'rights') {
        my ($trader, $id) = pending(1500);
        age_payee($trader, '901 s');
        my $sent = asked();
        $double->faults({ match => 'GET /v1/accounts/*', do => $fault, times => -1 });
        is_problem(submit($trader, $id), 409, 'V2_PAYOUT_ON_HOLD', "$fault: a submit is refused");
        is(asked(), $sent, "$fault: Stripe is asked for no transfer");
        my $payout = shown($trader);
        is("$payout->{status}: $payout->{hold_reason}",
            'pending: Stripe has not confirmed the payee in the last 900 s',
            "$fault: the trader sees why the payout waits");
        is($purser->value('select hold_reason from admin.payouts where id = ?', $id),
            $payout->{hold_reason}, "$fault: operators see the same reason");
        age_payee($trader, '890 s');
        is(shown($trader)->{hold_reason}, undef, "$fault: the reason ends when Stripe confirms it");
        is_json(submit($trader, $id), { status => 'paid' },
            "$fault: what Stripe said ten seconds later is believed");
        $double->no_faults;
    }
    my $trader = T::Payouts->new($purser);
    $trader->{acct} = $trader->payee->{stripe_account_id};
    $trader->funded([16, 0]);
    age_payee($trader, '901 s');
    $double->faults({ match => 'GET /v1/accounts/*', do => '500', times => -1 });
    is_problem($trader->api->POST('/v2/payouts/request', {}), 503, 'V2_UNAVAILABLE',
        'a request makes no payout for a payee that Stripe does not confirm');
    age_payee($trader, '890 s');
    is_json($trader->api->POST('/v2/payouts/request', {}), { status => 'pending' },
        'a request makes a payout for a payee that Stripe confirmed not long ago');
    $double->no_faults;
};

subtest 'how often Stripe is asked' => sub {
    my ($trader, $id) = pending(1600);
    my ($sent, $read) = (asked(), payee_read($trader));
    is_json(submit($trader, $id), { status => 'paid' }, 'a payout with new facts is paid');
    is(payee_read($trader), $read, 'a payee that was just read is not read again');
    is(asked(), $sent + 1, 'Stripe is asked for one transfer');
    ($trader, $id) = pending(1700, '901 s');
    age_payee($trader, '901 s');
    ($sent, $read) = (asked(), payee_read($trader));
    is_json(submit($trader, $id), { status => 'paid' }, 'a payout with old facts is paid');
    is(payee_read($trader), $read + 1, 'an old payee is read once');
    is(asked(), $sent + 1, 'Stripe is asked for one transfer after the reading');
};

subtest 'purser-jobs reads the payee itself' => sub {
    my ($bank, $bank_id) = pending(1800);
    my ($mute, $mute_id) = pending(1900);
    $change{'another bank account'}[0]->($bank);
    age_payee($_, '901 s') for $bank, $mute;
    my $sent = asked();
    $double->faults({ match => "GET /v1/accounts/$mute->{acct}", do => '500', times => -1 });
    $purser->value('select admin.release_payout(?, ?, false)', $_, 'test') for $bank_id, $mute_id;
    for ([$bank_id, 'payee_changed'], [$mute_id, 'unconfirmed']) {
        my ($id, $code) = @$_;
        ok($purser->wait_for("the payout waits: $code", sub { (hold_code($id) // '') eq $code }),
            "a released payout waits: $code");
    }
    is(asked(), $sent, 'Stripe is asked for no transfer');
    is(shown($_)->{status}, 'pending', 'a released payout that waits is pending') for $bank, $mute;
    $double->no_faults;
    $purser->value('update payouts.payout set next_run_at = now() where id = ? returning 1',
        $mute_id);
    $purser->wait_for('it is paid', sub { shown($mute)->{status} eq 'paid' });
    is(asked(), $sent + 1, 'a payout is paid once Stripe confirms its payee');
};

# An answer is lost; a day later somebody has made a transfer of the same amount by hand.
subtest 'a transfer by hand in the group of a payout without outcome' => sub {
    my ($tenant) = $purser->tenants;
    for my $judged ('adopted', 'judged to be another') {
        my ($trader, $id) = pending(2000);
        $purser->jobs->stop;
        $double->faults({ match => $transfers, do => '500', times => -1 });
        is_status(submit($trader, $id), 202, "$judged: the outcome of our own transfer is unknown");
        $double->no_faults;
        my $hand = $double->stripe(POST => '/transfers', amount => 2000, currency => 'usd',
            destination => $trader->{acct}, transfer_group => $id)->{id};
        $purser->value("update payouts.payout set sent_at = sent_at - interval '25 h', "
            . 'next_run_at = now() where id = ? returning 1', $id);
        my $sent = asked();
        $purser->start_program('purser-jobs');
        my $exception = $purser->wait_for('it is an exception', sub {
            $purser->value("select id from core.exception where object_id = ? and kind = "
                . "'transfer_conflict' and resolved_at is null", $hand) });
        $purser->wait_for('it was looked up', sub { $purser->value(
            'select last_error from payouts.payout where id = ? and lease_holder is null', $id) });
        is(shown($trader)->{status}, 'processing', "$judged: the payout is not paid, nor failed");
        is(asked(), $sent, "$judged: Stripe is asked for no transfer");
        if ($judged eq 'adopted') {
            $purser->value('select admin.adopt(?, ?, ?, ?, false)', $tenant->{slug}, $hand, $id,
                'paid by hand');
            is(shown($trader)->{stripe_transfer_id}, $hand, "$judged: it is what paid the payout");
            is(shown($trader)->{status}, 'paid', "$judged: the payout is paid");
            next;
        }
        $purser->value('select admin.resolve_exception(?, ?, ?, ?, false)', $tenant->{slug},
            $exception, 'for something else', 'test');
        $purser->value('select admin.retry_payout(?, ?, false)', $id, 'test');
        $purser->wait_for('it failed', sub { shown($trader)->{status} eq 'failed' });
        is_json($trader->api->POST("/v2/payouts/$id/retry", {}), { status => 'pending' },
            "$judged: what was never made is owed again");
        is_json(submit($trader, $id), { status => 'paid' }, "$judged: the payout is paid");
        is(scalar $trader->transfers($id), 1, "$judged: one transfer of ours paid it");
    }
};

subtest 'what a request makes while something holds it' => sub {
    my $trader = T::Payouts->new($purser);
    $trader->payee;
    my $account = $trader->funded([50, 0]);
    $trader->estimate;
    $purser->value(q{select admin.suspend_account(?, 'test', false)}, $account->{id});
    is_json($trader->api->GET('/v2/payouts/estimate'),
        { amount_cents => 5000, available => JSON::PP::false, reason => 'on_hold' },
        'the estimate of a suspended account is on hold');
    my $made = json_of($trader->api->POST('/v2/payouts/request', {}));
    is("$made->{status}: $made->{hold_reason}",
        'pending: the account is suspended, its payouts are on hold',
        'a request makes a pending payout with its reason');
    is_problem(submit($trader, $made->{id}), 409, 'V2_PAYOUT_ON_HOLD',
        'a payout of a suspended account is not sent');
    $purser->value(q{select admin.restore_account(?, 'test', false)}, $account->{id});
    is(shown($trader)->{hold_reason}, undef, 'the reason is gone with the suspension');
    is_json(submit($trader, $made->{id}), { status => 'paid' },
        'a payout of a restored account is paid');
};

is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'payout decision: every posting has its reason in the end');
done_testing;
