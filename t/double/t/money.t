#!/usr/bin/perl
# Where the money goes: destination charges, fees, refunds, disputes, transfers, payouts. Every
# balance is checked to the cent, and against the sum of the balance transactions.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start(webhooks => 1);

# [available, pending] of an account.
sub worth ($account = 'platform', $currency = 'usd') {
    my $is = $d->control(GET => '/state')->{balances}{$account}{$currency} // {};
    return [$is->{available} // 0, $is->{pending} // 0];
}

sub total ($account) { my $worth = worth($account); return $worth->[0] + $worth->[1] }
sub code ($answer) { return $answer->{json}{error}{code} }

sub paid (%fields) {
    return $d->intent(confirm => 'true', payment_method => 'pm_card_visa', %fields);
}

sub types_of ($id) {
    return [map { $_->{event}{type} } grep {
        my $object = $_->{event}{data}{object};
        $object->{id} eq $id || ($object->{charge} // '') eq $id } @{ $d->received }];
}

my $merchant = $d->account;

subtest 'a destination charge and its refund' => sub {
    my ($platform, $shop) = (total('platform'), total($merchant));
    my $intent = paid('transfer_data[destination]' => $merchant, application_fee_amount => 75);
    is total('platform') - $platform, 2500 - 103 - 2500 + 75, 'platform: fee less costs';
    is total($merchant) - $shop, 2500 - 75, 'merchant: amount less fee';
    my $refund = $d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id},
        amount => 500, refund_application_fee => 'true', reverse_transfer => 'true',
        'expand[0]' => 'charge.application_fee' })->{json};
    is $refund->{charge}{application_fee}{amount_refunded}, 15, 'fee pro rata: 75*500/2500';
    is $refund->{charge}{amount_refunded}, 500, 'refunded';
    is total($merchant) - $shop, 2500 - 75 - 500 + 15, 'merchant after the refund';
    $d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id},
        refund_application_fee => 'true', reverse_transfer => 'true' });
    is total($merchant) - $shop, 0, 'everything is returned in the end';
    is total('platform') - $platform, -103, "but Stripe's own fee";
    is code($d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id} })),
        'charge_already_refunded', 'no more';
};

subtest 'pending money becomes available' => sub {
    $d->control(POST => '/clock', { advance_s => 3 * 86400 });
    is worth($merchant)->[1], 0, 'nothing pending';
    my $before = worth($merchant)->[0];
    paid('transfer_data[destination]' => $merchant);
    is_deeply worth($merchant), [$before, 2500], 'pending';
    is code($d->stripe(POST => '/v1/payouts', { amount => $before + 1, currency => 'usd' },
        account => $merchant)), 'balance_insufficient', 'cannot be paid out';
    $d->control(POST => '/clock', { advance_s => 2 * 86400 });
    is_deeply worth($merchant), [$before + 2500, 0], 'available';
};

subtest 'refunds that fail' => sub {
    my $intent = paid();
    my $refund = $d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id} })->{json};
    is $refund->{status}, 'succeeded', 'succeeded first';
    my $before = total('platform');
    my $failed = $d->control(POST => "/refunds/$refund->{id}/fail");
    is $failed->{status}, 'failed', 'failed';
    is total('platform') - $before, 2500, 'the money is back';
    my $charge = $d->stripe(GET => "/v1/charges/$refund->{charge}")->{json};
    is $charge->{amount_refunded}, 0, 'the charge counts as not refunded';
    $d->wait_for(sub { grep { $_ eq 'refund.failed' } @{ types_of($refund->{id}) } });
    is_deeply [sort @{ types_of($refund->{id}) }], [sort qw(refund.created refund.updated
        refund.failed charge.refund.updated)], 'events';
    is $d->json(POST => "/_double/refunds/$refund->{id}/fail")->{status}, 400, 'once';
    my $slow = paid(payment_method => 'pm_card_refundFail');
    my $later = $d->stripe(POST => '/v1/refunds', { payment_intent => $slow->{id} })->{json};
    ok $d->wait_for(sub { grep { $_ eq 'refund.failed' } @{ types_of($later->{id}) } }, 4),
        'the card whose refunds fail later';
    my $board = $d->control(POST => '/refunds', { payment_intent => $intent->{id},
        amount => 100 });
    is $board->{amount}, 100, 'a refund in the dashboard';
    is $d->json(POST => '/_double/refunds', { payment_intent => $intent->{id},
        amount => 2401 })->{status}, 400, 'not more than is left';
    is code($d->stripe(POST => '/v1/refunds', { payment_intent => 'pi_1nothing' })),
        'resource_missing', 'unknown PaymentIntent';
};

subtest 'disputes' => sub {
    my $intent = paid();
    my $before = total('platform');
    my $dispute = $d->control(POST => '/disputes', { payment_intent => $intent->{id},
        reason => 'fraudulent' });
    is $dispute->{status}, 'needs_response', 'open';
    is total('platform') - $before, -2500 - 1500, 'amount and fee are withdrawn';
    is code($d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id} })),
        'charge_disputed', 'no refund meanwhile';
    my $path = "/v1/disputes/$dispute->{id}";
    my $staged = $d->stripe(POST => $path, { 'evidence[customer_name]' => 'J', submit => 'false' });
    is $staged->{json}{status}, 'needs_response', 'staged';
    ok $staged->{json}{evidence_details}{has_evidence}, 'has evidence';
    is $d->stripe(POST => $path, { 'evidence[receipt]' => 'not a file' })->{status}, 400,
        'files are files';
    my $sent = $d->stripe(POST => $path, { 'evidence[product_description]' => 'P',
        submit => 'true' })->{json};
    is $sent->{status}, 'under_review', 'submitted';
    is $sent->{evidence_details}{submission_count}, 1, 'once';
    is $d->stripe(POST => $path, { 'evidence[customer_name]' => 'K' })->{status}, 400,
        'no more evidence';
    my $won = $d->control(POST => "/disputes/$dispute->{id}/close", { outcome => 'won' });
    is $won->{status}, 'won', 'won';
    is total('platform') - $before, -1500, 'the amount is back, the fee is not';
    is scalar @{ $won->{balance_transactions} }, 2, 'two balance transactions';
    $d->wait_for(sub { grep { $_ eq 'charge.dispute.closed' } @{ types_of($dispute->{id}) } });
    is_deeply [sort @{ types_of($dispute->{id}) }], [map { "charge.dispute.$_" } sort qw(created
        funds_withdrawn updated updated funds_reinstated closed)], 'events';
};

subtest 'inquiries, losing evidence' => sub {
    my $intent = paid();
    my $before = total('platform');
    my $inquiry = $d->control(POST => '/disputes', { payment_intent => $intent->{id},
        inquiry => Mojo::JSON->true });
    is $inquiry->{status}, 'warning_needs_response', 'inquiry';
    is total('platform'), $before, 'moves no money';
    ok $inquiry->{is_charge_refundable}, 'may be refunded';
    is $d->control(POST => "/disputes/$inquiry->{id}/close", { outcome => 'won' })->{status},
        'warning_closed', 'closed';
    my $other = paid(payment_method => 'pm_card_createDispute');
    my $dispute = $d->stripe(GET => '/v1/disputes',
        { payment_intent => $other->{id} })->{json}{data}[0];
    is $dispute->{reason}, 'fraudulent', 'the card that is disputed';
    $d->stripe(POST => "/v1/disputes/$dispute->{id}", { 'evidence[uncategorized_text]' =>
        'losing_evidence', submit => 'true' });
    ok $d->wait_for(sub { grep { $_ eq 'charge.dispute.closed' } @{ types_of($dispute->{id}) } }),
        'decided';
    is $d->stripe(GET => "/v1/disputes/$dispute->{id}")->{json}{status}, 'lost', 'lost';
};

subtest 'transfers and reversals' => sub {
    my $new = $d->stripe(POST => '/v1/accounts', { country => 'US', type => 'express',
        'capabilities[transfers][requested]' => 'true' })->{json}{id};
    my $send = sub ($to, $amount, %more) {
        $d->stripe(POST => '/v1/transfers', { amount => $amount, currency => 'usd',
            destination => $to, %more });
    };
    $d->fund(10_000);
    is code($send->($new, 100)), 'transfers_not_allowed', 'not onboarded';
    is code($send->('acct_1nobody', 100)), 'resource_missing', 'unknown';
    is code($send->($merchant, 10_001)), 'balance_insufficient', 'too much';
    my $before = total($merchant);
    my $transfer = $send->($merchant, 4000, transfer_group => 'g')->{json};
    ok !exists $transfer->{status}, 'a transfer has no status';
    is worth()->[0], 6000, 'platform';
    is total($merchant) - $before, 4000, 'merchant';
    my $reverse = sub ($amount) {
        $d->stripe(POST => "/v1/transfers/$transfer->{id}/reversals", { amount => $amount });
    };
    is $reverse->(4001)->{status}, 400, 'not more than was sent';
    is $reverse->(1500)->{json}{amount}, 1500, 'in part';
    is $reverse->(2501)->{status}, 400, 'not more than is left';
    is $reverse->(2500)->{status}, 200, 'the rest';
    my $shown = $d->stripe(GET => "/v1/transfers/$transfer->{id}")->{json};
    ok $shown->{reversed}, 'reversed';
    is $shown->{amount_reversed}, 4000, 'in full';
    is $shown->{reversals}{total_count}, 2, 'two reversals';
    is total($merchant), $before, 'merchant as before';
    my $intent = paid();
    my $early = $send->($merchant, 1000, source_transaction => $intent->{latest_charge});
    is $early->{status}, 200, 'with source_transaction: before the money is available';
    is code($send->($merchant, 1501, source_transaction => $intent->{latest_charge})),
        'balance_insufficient', 'but not more than the charge';
};

subtest 'payouts' => sub {
    my @on = (account => $merchant);
    $d->fund(5000, $merchant);
    my $pay = sub ($amount, %more) { $d->stripe(POST => '/v1/payouts', { amount => $amount,
        currency => 'usd', %more }, @on) };
    is code($pay->(5001)), 'balance_insufficient', 'too much';
    is code($pay->(100, currency => 'eur')), 'no_account', 'no bank account in that currency';
    is code($pay->(100, method => 'instant')), 'instant_payouts_unsupported', 'not instantly';
    my $payout = $pay->(2000)->{json};
    is $payout->{status}, 'pending', 'pending';
    is $d->available($merchant), 3000, 'the money has left';
    my $advance = sub ($id, $status) {
        $d->json(POST => "/_double/payouts/$id/advance", { status => $status }) };
    is $advance->($payout->{id}, 'in_transit')->{json}{status}, 'in_transit', 'in transit';
    is $d->stripe(POST => "/v1/payouts/$payout->{id}/cancel", {}, @on)->{status}, 400,
        'too late to cancel';
    is $advance->($payout->{id}, 'paid')->{json}{status}, 'paid', 'paid';
    is $advance->($payout->{id}, 'in_transit')->{status}, 400, 'no way back';
    my $failed = $advance->($payout->{id}, 'failed')->{json};
    is $failed->{status}, 'failed', 'failed after paid';
    ok $failed->{failure_code} && $failed->{failure_balance_transaction}, 'with its reason';
    is $d->available($merchant), 5000, 'the money is back';
    my $canceled = $pay->(100)->{json};
    is $d->stripe(POST => "/v1/payouts/$canceled->{id}/cancel", {}, @on)->{json}{status},
        'canceled', 'canceled while pending';
    is $d->available($merchant), 5000, 'the money is back';
    my $timed = $pay->(300)->{json};
    $d->control(POST => '/clock', { advance_s => 6 * 86400 });
    is $d->stripe(GET => "/v1/payouts/$timed->{id}", {}, @on)->{json}{status}, 'paid',
        'arrives with time';
    my $bad = $d->account(external_account => 'btok_us_verified_noAccount');
    $d->fund(500, $bad);
    my $lost = $d->control(POST => '/payouts', { account => $bad, amount => 500,
        currency => 'usd' });
    is $advance->($lost->{id}, 'paid')->{json}{failure_code}, 'no_account', 'a bad bank account';
};

subtest 'balances are the sum of their transactions' => sub {
    $d->control(POST => '/reset');      # /_double/balance sets money without a transaction
    my $shop = $d->account;
    my $first = paid('transfer_data[destination]' => $shop, application_fee_amount => 75);
    paid(payment_method => 'pm_card_bypassPending', amount => 90000);
    paid(payment_method => 'pm_card_createDispute');
    $d->stripe(POST => '/v1/refunds', { payment_intent => $first->{id}, amount => 700,
        refund_application_fee => 'true', reverse_transfer => 'true' });
    my $sent = $d->stripe(POST => '/v1/transfers', { amount => 5000, currency => 'usd',
        destination => $shop })->{json};
    $d->stripe(POST => "/v1/transfers/$sent->{id}/reversals", { amount => 800 });
    my $payout = $d->stripe(POST => '/v1/payouts', { amount => 1200, currency => 'usd' },
        account => $shop)->{json};
    $d->stripe(POST => "/v1/payouts/$payout->{id}/cancel", {}, account => $shop);
    for my $account ('platform', $shop) {
        my @on = $account eq 'platform' ? () : (account => $account);
        my ($sum, $n, @after) = (0, 0);
        while (1) {
            my $page = $d->stripe(GET => '/v1/balance_transactions', { limit => 2, @after },
                @on)->{json};
            $sum += $_->{net} for @{ $page->{data} };
            $n += @{ $page->{data} };
            last if !$page->{has_more};
            @after = (starting_after => $page->{data}[-1]{id});
        }
        cmp_ok $n, '>', 5, "$account: $n transactions";
        is total($account), $sum, "$account: their sum";
    }
};

done_testing;
