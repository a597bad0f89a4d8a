# Protects: whether money leaves is decided when it leaves, by facts of that moment: the account,
# the validator's word, the payee.  What is under way and held is looked up, and not asked for
# again.
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
    $trader->payee;
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
    $purser->wait_for('one is held', sub {
        ($purser->value('select hold_code from payouts.payout where id = ?', $gone_id) // '')
            eq 'not_funded' });
    is(shown($gone)->{status}, 'pending', 'the payout of an account that is not funded waits');
    is(scalar $gone->transfers($gone_id), 0, 'Stripe is not asked for it');
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
