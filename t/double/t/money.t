#!/usr/bin/perl
# Protects: the double's balances: destination charges, fees, refunds, disputes, transfers, payouts.
# Every balance is exact to the cent and equals the sum of its balance transactions.

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

subtest 'double: a destination charge and its refund' => sub {
    my ($platform, $shop) = (total('platform'), total($merchant));
    my $intent = paid('transfer_data[destination]' => $merchant, application_fee_amount => 75);
    is total('platform') - $platform, 2500 - 103 - 2500 + 75,
        "the platform gets the fee less Stripe's costs";
    is total($merchant) - $shop, 2500 - 75, 'the merchant gets the amount less the fee';
    my $refund = $d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id},
        amount => 500, refund_application_fee => 'true', reverse_transfer => 'true',
        'expand[0]' => 'charge.application_fee' })->{json};
    is $refund->{charge}{application_fee}{amount_refunded}, 15,
        'the refunded fee is pro rata: 75*500/2500';
    is $refund->{charge}{amount_refunded}, 500, 'the charge counts the refund';
    is total($merchant) - $shop, 2500 - 75 - 500 + 15,
        'the merchant has given the refund and got back its fee';
    $d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id},
        refund_application_fee => 'true', reverse_transfer => 'true' });
    is total($merchant) - $shop, 0, 'the merchant is even after the whole refund';
    is total('platform') - $platform, -103, "the platform has lost Stripe's own fee";
    is code($d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id} })),
        'charge_already_refunded', 'a charge that is refunded whole is not refunded more';
};

subtest 'double: pending money becomes available' => sub {
    $d->control(POST => '/clock', { advance_s => 3 * 86400 });
    is worth($merchant)->[1], 0, 'nothing is pending at first';
    my $before = worth($merchant)->[0];
    paid('transfer_data[destination]' => $merchant);
    is_deeply worth($merchant), [$before, 2500], 'the charge is pending';
    is code($d->stripe(POST => '/v1/payouts', { amount => $before + 1, currency => 'usd' },
        account => $merchant)), 'balance_insufficient', 'pending money cannot be paid out';
    $d->control(POST => '/clock', { advance_s => 2 * 86400 });
    is_deeply worth($merchant), [$before + 2500, 0], 'the charge is available later';
};

subtest 'double: refunds that fail later' => sub {
    my $intent = paid();
    my $refund = $d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id} })->{json};
    is $refund->{status}, 'succeeded', 'the refund succeeds first';
    my $before = total('platform');
    my $failed = $d->control(POST => "/refunds/$refund->{id}/fail");
    is $failed->{status}, 'failed', 'the refund fails';
    is total('platform') - $before, 2500, 'the money is back';
    my $charge = $d->stripe(GET => "/v1/charges/$refund->{charge}")->{json};
    is $charge->{amount_refunded}, 0, 'the charge counts as not refunded';
    $d->wait_for(sub { grep { $_ eq 'refund.failed' } @{ types_of($refund->{id}) } });
    is_deeply [sort @{ types_of($refund->{id}) }], [sort qw(refund.created refund.updated
        refund.failed charge.refund.updated)], 'the events of a failed refund are sent';
    is $d->json(POST => "/_double/refunds/$refund->{id}/fail")->{status}, 400,
        'a failed refund does not fail a second time';
    my $slow = paid(payment_method => 'pm_card_refundFail');
    my $later = $d->stripe(POST => '/v1/refunds', { payment_intent => $slow->{id} })->{json};
    ok $d->wait_for(sub { grep { $_ eq 'refund.failed' } @{ types_of($later->{id}) } }, 4),
        'the refund of a card that refuses it fails by itself';
    my $board = $d->control(POST => '/refunds', { payment_intent => $intent->{id},
        amount => 100 });
    is $board->{amount}, 100, 'a refund in the dashboard has its amount';
    is $d->json(POST => '/_double/refunds', { payment_intent => $intent->{id},
        amount => 2401 })->{status}, 400, 'a refund of more than is left is refused';
    is code($d->stripe(POST => '/v1/refunds', { payment_intent => 'pi_1nothing' })),
        'resource_missing', 'a refund of an unknown PaymentIntent is refused';
};

subtest 'double: disputes that are won' => sub {
    my $intent = paid();
    my $before = total('platform');
    my $dispute = $d->control(POST => '/disputes', { payment_intent => $intent->{id},
        reason => 'fraudulent' });
    is $dispute->{status}, 'needs_response', 'the dispute needs a response';
    is $d->control(GET => '/disputes')->{disputes}[0]{id}, $dispute->{id},
        'the newest dispute is listed first';
    is total('platform') - $before, -2500 - 1500, 'amount and fee are withdrawn';
    is code($d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id} })),
        'charge_disputed', 'a disputed charge is not refunded';
    my $path = "/v1/disputes/$dispute->{id}";
    my $staged = $d->stripe(POST => $path, { 'evidence[customer_name]' => 'J', submit => 'false' });
    is $staged->{json}{status}, 'needs_response', 'staged evidence leaves the dispute open';
    ok $staged->{json}{evidence_details}{has_evidence}, 'staged evidence is seen';
    is $d->stripe(POST => $path, { 'evidence[receipt]' => 'not a file' })->{status}, 400,
        'a file of evidence must be a file';
    my $sent = $d->stripe(POST => $path, { 'evidence[product_description]' => 'P',
        submit => 'true' })->{json};
    is $sent->{status}, 'under_review', 'submitted evidence puts the dispute under review';
    is $sent->{evidence_details}{submission_count}, 1, 'submitted evidence is counted';
    is $d->stripe(POST => $path, { 'evidence[customer_name]' => 'K' })->{status}, 400,
        'evidence after a submission is refused';
    my $won = $d->control(POST => "/disputes/$dispute->{id}/close", { outcome => 'won' });
    is $won->{status}, 'won', 'the dispute is won';
    is total('platform') - $before, -1500, 'the amount is back, the fee is not';
    is scalar @{ $won->{balance_transactions} }, 2, 'the dispute has two balance transactions';
    $d->wait_for(sub { grep { $_ eq 'charge.dispute.closed' } @{ types_of($dispute->{id}) } });
    is_deeply [sort @{ types_of($dispute->{id}) }], [map { "charge.dispute.$_" } sort qw(created
        funds_withdrawn updated updated funds_reinstated closed)],
        'the events of a won dispute are sent';
};

subtest 'double: inquiries, losing evidence' => sub {
    my $intent = paid();
    my $before = total('platform');
    my $inquiry = $d->control(POST => '/disputes', { payment_intent => $intent->{id},
        inquiry => Mojo::JSON->true });
    is $inquiry->{status}, 'warning_needs_response', 'an inquiry needs a response';
    is total('platform'), $before, 'an inquiry moves no money';
    ok $inquiry->{is_charge_refundable}, 'an inquiry lets the charge be refunded';
    is $d->control(POST => "/disputes/$inquiry->{id}/close", { outcome => 'won' })->{status},
        'warning_closed', 'an inquiry is closed';
    my $other = paid(payment_method => 'pm_card_createDispute');
    my $dispute = $d->stripe(GET => '/v1/disputes',
        { payment_intent => $other->{id} })->{json}{data}[0];
    is $dispute->{reason}, 'fraudulent', 'the card that is disputed is disputed as fraudulent';
    $d->stripe(POST => "/v1/disputes/$dispute->{id}", { 'evidence[uncategorized_text]' =>
        'losing_evidence', submit => 'true' });
    ok $d->wait_for(sub { grep { $_ eq 'charge.dispute.closed' } @{ types_of($dispute->{id}) } }),
        'losing evidence decides the dispute';
    is $d->stripe(GET => "/v1/disputes/$dispute->{id}")->{json}{status}, 'lost',
        'losing evidence loses the dispute';
};

subtest 'double: transfers and reversals' => sub {
    my $new = $d->stripe(POST => '/v1/accounts', { country => 'US', type => 'express',
        'capabilities[transfers][requested]' => 'true' })->{json}{id};
    my $send = sub ($to, $amount, %more) {
        $d->stripe(POST => '/v1/transfers', { amount => $amount, currency => 'usd',
            destination => $to, %more });
    };
    $d->fund(10_000);
    is code($send->($new, 100)), 'transfers_not_allowed',
        'a transfer to an account that is not onboarded is refused';
    is code($send->('acct_1nobody', 100)), 'resource_missing',
        'a transfer to an unknown account is refused';
    is code($send->($merchant, 10_001)), 'balance_insufficient',
        'a transfer of more than the balance is refused';
    my $before = total($merchant);
    my $transfer = $send->($merchant, 4000, transfer_group => 'g')->{json};
    ok !exists $transfer->{status}, 'a transfer has no status';
    is worth()->[0], 6000, 'the platform has the rest';
    is total($merchant) - $before, 4000, 'the merchant has the transfer';
    my $reverse = sub ($amount) {
        $d->stripe(POST => "/v1/transfers/$transfer->{id}/reversals", { amount => $amount });
    };
    is $reverse->(4001)->{status}, 400, 'a reversal of more than was sent is refused';
    is $reverse->(1500)->{json}{amount}, 1500, 'a reversal of a part has its amount';
    is $reverse->(2501)->{status}, 400, 'a reversal of more than is left is refused';
    is $reverse->(2500)->{status}, 200, 'a reversal of the rest is made';
    my $shown = $d->stripe(GET => "/v1/transfers/$transfer->{id}")->{json};
    ok $shown->{reversed}, 'the transfer is reversed';
    is $shown->{amount_reversed}, 4000, 'the transfer is reversed in full';
    is $shown->{reversals}{total_count}, 2, 'the transfer has two reversals';
    is total($merchant), $before, 'the merchant has what it had before';
    my $intent = paid();
    my $early = $send->($merchant, 1000, source_transaction => $intent->{latest_charge});
    is $early->{status}, 200, 'source_transaction lets a transfer go before the money is available';
    is code($send->($merchant, 1501, source_transaction => $intent->{latest_charge})),
        'balance_insufficient', 'a transfer of more than its source_transaction is refused';
};

subtest 'double: payouts' => sub {
    my @on = (account => $merchant);
    $d->fund(5000, $merchant);
    my $pay = sub ($amount, %more) { $d->stripe(POST => '/v1/payouts', { amount => $amount,
        currency => 'usd', %more }, @on) };
    is code($pay->(5001)), 'balance_insufficient', 'a payout of more than the balance is refused';
    is code($pay->(100, currency => 'eur')), 'no_account',
        'a payout in a currency without bank account is refused';
    is code($pay->(100, method => 'instant')), 'instant_payouts_unsupported',
        'an instant payout is refused';
    my $payout = $pay->(2000)->{json};
    is $payout->{status}, 'pending', 'a payout is pending first';
    is $d->available($merchant), 3000, 'the money leaves with the payout';
    my $advance = sub ($id, $status) {
        $d->json(POST => "/_double/payouts/$id/advance", { status => $status }) };
    is $advance->($payout->{id}, 'in_transit')->{json}{status}, 'in_transit',
        'the payout goes in transit';
    is $d->stripe(POST => "/v1/payouts/$payout->{id}/cancel", {}, @on)->{status}, 400,
        'a payout in transit is not canceled';
    is $advance->($payout->{id}, 'paid')->{json}{status}, 'paid', 'the payout is paid';
    is $advance->($payout->{id}, 'in_transit')->{status}, 400,
        'a paid payout does not go back in transit';
    my $failed = $advance->($payout->{id}, 'failed')->{json};
    is $failed->{status}, 'failed', 'a paid payout may fail';
    ok $failed->{failure_code} && $failed->{failure_balance_transaction},
        'a failed payout has its reason';
    is $d->available($merchant), 5000, 'the money of a failed payout is back';
    my $canceled = $pay->(100)->{json};
    is $d->stripe(POST => "/v1/payouts/$canceled->{id}/cancel", {}, @on)->{json}{status},
        'canceled', 'a pending payout is canceled';
    is $d->available($merchant), 5000, 'the money of a canceled payout is back';
    my $timed = $pay->(300)->{json};
    $d->control(POST => '/clock', { advance_s => 6 * 86400 });
    is $d->stripe(GET => "/v1/payouts/$timed->{id}", {}, @on)->{json}{status}, 'paid',
        'a payout arrives with time';
    my $bad = $d->account(external_account => 'btok_us_verified_noAccount');
    $d->fund(500, $bad);
    my $lost = $d->control(POST => '/payouts', { account => $bad, amount => 500,
        currency => 'usd' });
    is $advance->($lost->{id}, 'paid')->{json}{failure_code}, 'no_account',
        'a payout to a bad bank account fails';
};

subtest 'double: balances are the sum of their transactions' => sub {
    $d->control(POST => '/reset');
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
        cmp_ok $n, '>', 5, "$account has $n transactions";
        is total($account), $sum, "the balance of $account is the sum of its transactions";
    }
};

done_testing;
