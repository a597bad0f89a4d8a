#!/usr/bin/perl
# Protects: the double's balance transactions: each movement has one of Stripe's form, and a balance
# is always the sum of them, per account and currency.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start;
my $merchant = $d->account;

sub paid (%fields) {
    return $d->intent(confirm => 'true', payment_method => 'pm_card_bypassPending', %fields);
}

sub get ($path, $fields = {}, $account = undef) {
    my @on = ($account // 'platform') eq 'platform' ? () : (account => $account);
    return $d->stripe(GET => $path, $fields, @on);
}

# All objects of a list, newest first.
sub all_of ($path, $account = undef, %fields) {
    my (@all, $page);
    do {
        $page = get($path, { limit => 100, %fields, @all ? (starting_after => $all[-1]{id}) : () },
            $account)->{json};
        push @all, @{ $page->{data} };
    } while $page->{has_more};
    return @all;
}

sub transactions ($account = undef, %fields) {
    return all_of('/v1/balance_transactions', $account, %fields);
}

# The newest transaction of a source, as members of it.
sub newest ($source, @names) {
    my ($transaction) = transactions(undef, source => $source);
    return [@$transaction{@names}];
}

# The amounts by currency of GET /v1/balance and of the transactions; zeros are left out.
sub both ($account) {
    my (%balance, %sum);
    my $shown = get('/v1/balance', {}, $account)->{json};
    $balance{ $_->{currency} } += $_->{amount} for @{ $shown->{available} }, @{ $shown->{pending} };
    $sum{ $_->{currency} } += $_->{net} for transactions($account);
    for my $amounts (\%balance, \%sum) {
        delete @$amounts{ grep { !$amounts->{$_} } keys %$amounts };
    }
    return (\%balance, \%sum);
}

sub is_balanced ($name, @accounts) {
    for my $account (@accounts) {
        my ($balance, $sum) = both($account);
        is_deeply $balance, $sum, "$name: the balance of $account is the sum of its transactions";
    }
}

sub add ($type, $amount, %more) {
    return $d->control(POST => '/balance_transactions', { account => 'platform', type => $type,
        currency => 'usd', amount => $amount, %more });
}

subtest 'double: the transaction of a sale' => sub {
    for my $case (['usd', 19_900, 607], ['eur', 19_900, 607], ['jpy', 19_900, 577]) {
        my ($currency, $amount, $fee) = @$case;
        my $intent = paid(amount => $amount, currency => $currency);
        my ($sale) = transactions(undef, source => $intent->{latest_charge},
            'expand[]' => 'data.source');
        is_deeply [@$sale{qw(type amount fee net currency exchange_rate reporting_category)}],
            ['charge', $amount, $fee, $amount - $fee, $currency, undef, 'charge'],
            "a sale in $currency has its amount, fee and net";
        is_deeply [map { [@$_{qw(amount currency type)}] } @{ $sale->{fee_details} }],
            [[$fee, $currency, 'stripe_fee']], "a sale in $currency has its fee in detail";
        is_deeply [@{ $sale->{source} }{qw(object id payment_intent balance_transaction)}],
            ['charge', $intent->{latest_charge}, $intent->{id}, $sale->{id}],
            "a sale in $currency has its charge as source";
        is get("/v1/balance_transactions/$sale->{id}")->{json}{net}, $amount - $fee,
            "a sale in $currency is read by its id";
    }
};

subtest 'double: settlement in another currency' => sub {
    my $set = sub (%with) { $d->json(POST => '/_double/settlement', { account => 'platform',
        currency => 'usd', %with }) };
    is $set->(rates => { eur => '1.085', jpy => '0.0068' })->{status}, 200, 'rates are set';
    my @names = qw(amount fee net currency exchange_rate);
    my $euro = paid(amount => 2501, currency => 'eur');
    is_deeply newest($euro->{latest_charge}, @names), [2714, 109, 2605, 'usd', 1.085],
        'a sale in eur becomes usd, half a cent up';
    my $refund = $d->stripe(POST => '/v1/refunds', { payment_intent => $euro->{id},
        amount => 1000 })->{json};
    is_deeply newest($refund->{id}, @names), [-1085, 0, -1085, 'usd', 1.085],
        'the refund of a sale in eur becomes usd';
    is_deeply [@$refund{qw(amount currency)}], [1000, 'eur'], 'the refund itself stays in eur';
    my $yen = paid(amount => 1000, currency => 'jpy');
    is_deeply newest($yen->{latest_charge}, @names), [680, 50, 630, 'usd', 0.0068],
        'a sale in jpy becomes cents';
    my $pound = paid(amount => 1000, currency => 'gbp');
    is_deeply newest($pound->{latest_charge}, @names), [1000, 59, 941, 'gbp', undef],
        'a currency without a rate stays as it is';
    is $set->(rates => { eur => 'much' })->{status}, 400, 'a rate that is no number is refused';
    is $set->(rates => { usd => 2 })->{status}, 400, 'a rate to the same currency is refused';
    $set->();
    is_deeply newest(paid(currency => 'eur')->{latest_charge}, @names),
        [2500, 103, 2397, 'eur', undef], 'without rates a sale stays in eur';
    is_balanced('settlement', 'platform');
};

subtest 'double: transactions of refunds' => sub {
    my $refund = $d->stripe(POST => '/v1/refunds', { payment_intent => paid()->{id},
        amount => 700 })->{json};
    is_deeply newest($refund->{id}, qw(id type amount fee reporting_category)),
        [$refund->{balance_transaction}, 'refund', -700, 0, 'refund'], 'a refund has one';
    my $failed = $d->control(POST => "/refunds/$refund->{id}/fail");
    is_deeply newest($refund->{id}, qw(id type amount fee reporting_category)),
        [$failed->{failure_balance_transaction}, 'refund_failure', 700, 0, 'refund_failure'],
        'a refund that fails has a second one';
    is scalar(transactions(undef, source => $refund->{id})), 2, 'the first one stays';
    my $debit = paid(payment_method => 'pm_usBankAccount_success');
    $d->control(POST => "/payment_intents/$debit->{id}/complete", { outcome => 'succeeded' });
    my $back = $d->stripe(POST => '/v1/refunds', { payment_intent => $debit->{id} })->{json};
    is_deeply newest($back->{charge}, qw(type amount)), ['payment', 2500],
        'a bank debit is a payment';
    is_deeply newest($back->{id}, qw(type amount)), ['payment_refund', -2500],
        'the refund of a bank debit is one of a payment';
    is_balanced('refunds', 'platform');
};

subtest 'double: transactions of a dispute' => sub {
    my @names = qw(type amount fee currency reporting_category);
    my $open = sub (%with) { $d->control(POST => '/disputes',
        { payment_intent => paid()->{id}, %with }) };
    my $dispute = $open->();
    my $path = "/disputes/$dispute->{id}";
    is_deeply newest($dispute->{id}, @names), ['adjustment', -2500, 1500, 'usd', 'dispute'],
        'a dispute takes the amount and a fee';
    is $d->json(POST => "/_double$path/reopen")->{status}, 400, 'an open one is not reopened';
    $d->control(POST => "$path/close", { outcome => 'won' });
    is_deeply newest($dispute->{id}, @names), ['adjustment', 2500, 0, 'usd', 'dispute_reversal'],
        'a dispute that is won gives the amount back';
    my $again = $d->control(POST => "$path/reopen");
    is $again->{status}, 'needs_response', 'a won one that is reopened needs a response';
    is_deeply newest($dispute->{id}, @names), ['adjustment', -2500, 0, 'usd', 'dispute'],
        'a won one that is reopened takes the amount again';
    $d->control(POST => "$path/close", { outcome => 'lost' });
    is $d->control(POST => "$path/reopen")->{status}, 'appeal_needs_response',
        'a lost one is reopened as an appeal';
    is_deeply [map { $_->{net} } @{ get("/v1$path")->{json}{balance_transactions} }],
        [-4000, 2500, -2500], 'the dispute shows its three transactions';
    my $euro = $open->(currency => 'eur', rate => '0.9');
    is_deeply newest($euro->{id}, @names), ['adjustment', -2250, 1500, 'eur', 'dispute'],
        'a dispute may take its money in another currency';
    $d->control(POST => "/disputes/$euro->{id}/close", { outcome => 'won' });
    is_deeply newest($euro->{id}, @names), ['adjustment', 2500, 0, 'usd', 'dispute_reversal'],
        'a dispute may give its money back in its own currency';
    is_balanced('disputes', 'platform');
};

subtest 'double: transactions of transfers' => sub {
    $d->fund(100_000);
    my $transfer = $d->stripe(POST => '/v1/transfers', { amount => 5000, currency => 'usd',
        destination => $merchant })->{json};
    is_deeply newest($transfer->{id}, qw(id type amount fee)),
        [$transfer->{balance_transaction}, 'transfer', -5000, 0], 'a transfer has one';
    my @reversals = map { $d->stripe(POST => "/v1/transfers/$transfer->{id}/reversals",
        { amount => 100 + $_ })->{json} } 1 .. 12;
    is_deeply newest($reversals[-1]{id}, qw(id type amount fee)),
        [$reversals[-1]{balance_transaction}, 'transfer_refund', 112, 0], 'a reversal has one';
    my $shown = get("/v1/transfers/$transfer->{id}")->{json}{reversals};
    is_deeply [scalar @{ $shown->{data} }, $shown->{total_count}, !!$shown->{has_more}],
        [10, 12, !!1], 'the transfer shows ten of twelve reversals and that there are more';
    my @all = all_of("/v1/transfers/$transfer->{id}/reversals", undef, limit => 5);
    is_deeply [map { $_->{id} } @all], [map { $_->{id} } reverse @reversals],
        'the pages of reversals have all twelve, newest first';
    my ($part) = transactions($merchant, type => 'payment_refund', 'expand[]' => 'data.source');
    is $part->{source}{source_transfer_reversal}, $reversals[-1]{id},
        "the account's part is a refund of its payment";
    is get("/v1/balance_transactions/$part->{id}")->{status}, 404,
        "the account's transaction is none of the platform's";
    is_balanced('transfers', 'platform', $merchant);
};

subtest 'double: many refunds of one payment' => sub {
    my $intent = paid();
    my @made = map { $d->stripe(POST => '/v1/refunds', { payment_intent => $intent->{id},
        amount => 2 })->{json}{id} } 1 .. 105;
    my $few = get('/v1/refunds', { payment_intent => $intent->{id} })->{json};
    is_deeply [scalar @{ $few->{data} }, !!$few->{has_more}], [10, !!1], 'a page has ten';
    my $page = get('/v1/refunds', { payment_intent => $intent->{id}, limit => 100 })->{json};
    is_deeply [scalar @{ $page->{data} }, !!$page->{has_more}], [100, !!1],
        'a page has a hundred at most, and says that there are more';
    is_deeply [map { $_->{id} } all_of('/v1/refunds', undef, payment_intent => $intent->{id})],
        [reverse @made], 'the pages have all, newest first';
    my $charge = get("/v1/charges/$intent->{latest_charge}")->{json};
    is_deeply [exists $charge->{refunds}, $charge->{amount_refunded}], [!!0, 210],
        'the charge shows their sum and none of them';
};

subtest "double: the platform's payouts to its bank" => sub {
    my $pay = sub (%with) { $d->control(POST => '/payouts', { account => 'platform',
        currency => 'usd', %with }) };
    my $balance = $d->available;
    my $payout = $pay->(amount => 1000, automatic => Mojo::JSON->false);
    is_deeply newest($payout->{id}, qw(type amount fee)), ['payout', -1000, 0], 'a payout has one';
    my $failed = $d->control(POST => "/payouts/$payout->{id}/advance", { status => 'failed' });
    is_deeply newest($payout->{id}, qw(id type amount)),
        [$failed->{failure_balance_transaction}, 'payout_failure', 1000],
        'a payout that fails has a second one';
    my $canceled = $pay->(amount => 500);
    $d->control(POST => "/payouts/$canceled->{id}/advance", { status => 'canceled' });
    is_deeply newest($canceled->{id}, qw(type amount)), ['payout_cancel', 500],
        'a payout that is canceled has a second one';
    is $d->available, $balance, 'the money of both payouts is back';
    $pay->();
    is $d->available, 0, 'a payout without an amount takes all that is available';
    paid(amount => 3000);
    paid(amount => 4000);
    my $second = $pay->();
    my @parts = transactions(undef, payout => $second->{id});
    is_deeply [map { $_->{type} } @parts], [qw(payout charge charge)],
        'an automatic payout names what it is made of';
    is $parts[1]{net} + $parts[2]{net}, $second->{amount},
        'an automatic payout is the sum of what it is made of';
    is get('/v1/balance_transactions', { payout => $payout->{id} })->{status}, 400,
        'a manual payout cannot name that';
    is_balanced('payouts', 'platform');
};

subtest 'double: what the control side makes' => sub {
    my @names = qw(type amount fee net currency);
    my $topup = sub { (transactions(undef, 'expand[]' => 'data.source'))[0] };
    $d->fund($d->available(undef, 'eur') + 700, 'platform', 'eur');
    is_deeply [@{ $topup->() }{@names}], ['topup', 700, 0, 700, 'eur'],
        'a balance that is set higher is a top-up';
    is $topup->()->{source}{object}, 'topup', 'the source of a top-up is one';
    $d->fund(0, 'platform', 'eur');
    is $topup->()->{type}, 'adjustment', 'a balance that is set lower is an adjustment';
    my $count = () = transactions();
    $d->fund(0, 'platform', 'eur');
    is scalar(transactions()), $count, 'a balance that is set to what it is moves nothing';
    my $fee = add('stripe_fee', -300);
    is_deeply [@$fee{@names}, $fee->{source}], ['stripe_fee', -300, 0, -300, 'usd', undef],
        'a fee without a source is made';
    my $unknown = add('moon_phase_fee', 1000, fee => 10, source => 'mn_1x');
    is_deeply [@$unknown{@names}, $unknown->{source}],
        ['moon_phase_fee', 1000, 10, 990, 'usd', 'mn_1x'], 'one of an unknown type is made';
    my $dispute = $d->control(POST => '/disputes', { payment_intent => paid()->{id} });
    my $third = add('adjustment', -50, source => $dispute->{id});
    is get("/v1/disputes/$dispute->{id}")->{json}{balance_transactions}[1]{id}, $third->{id},
        'one whose source is a dispute is shown by the dispute';
    for my $bad ({ type => 'Top up' }, { amount => 'x' }, { currency => 'xxx' },
        { account => 'acct_1nobody' }, { source => [] }) {
        my ($name) = keys %$bad;
        my $answer = $d->json(POST => '/_double/balance_transactions', { account => 'platform',
            type => 'topup', currency => 'usd', amount => 1, %$bad });
        like $answer->{status}, qr/^40[04]$/, "one with a bad $name is refused";
    }
    my $edited = $d->control(POST => "/objects/$dispute->{id}/metadata", { a => 'b' });
    is_deeply $edited->{metadata}, { a => 'b' }, 'metadata is edited';
    is_balanced('control', 'platform');
};

subtest 'double: filters and cursors' => sub {
    $d->control(POST => '/clock', { advance_s => 100 });
    my @made;
    for (1 .. 5) {
        push @made, add('topup', $_);
        $d->control(POST => '/clock', { advance_s => 100 });
    }
    my $ids = sub (%with) { join ' ', map { $_->{amount} }
        @{ get('/v1/balance_transactions', { limit => 100, %with })->{json}{data} } };
    my $at = $made[2]{created};
    my @new = ('created[gte]' => $made[0]{created});
    is $ids->(@new), '5 4 3 2 1', 'created[gte] includes its second';
    is $ids->('created[gt]' => $at), '5 4', 'created[gt] leaves it out';
    is $ids->(@new, 'created[lt]' => $at), '2 1', 'created[lt] leaves it out';
    is $ids->(@new, 'created[lte]' => $at), '3 2 1', 'created[lte] includes it';
    is $ids->(@new, limit => 2, starting_after => $made[3]{id}), '3 2', 'starting_after goes back';
    is $ids->(limit => 2, ending_before => $made[1]{id}), '4 3', 'ending_before goes on';
    is $ids->(@new, type => 'charge'), '', 'type selects';
    is $ids->(@new, currency => 'eur'), '', 'currency selects';
    is $ids->(type => 'topup', source => 'tu_1none'), '', 'source selects';
    is get('/v1/balance_transactions', { starting_after => 'txn_1none' })->{status}, 400,
        'an unknown cursor is refused';
    is get('/v1/balance_transactions', { payout => 'po_1none' })->{status}, 400,
        'an unknown payout is refused';
};

subtest 'double: a restricted key' => sub {
    for my $do (qw(403 rights)) {
        $d->control(POST => '/faults', { rules => [{ match => 'GET /v1/balance_transactions',
            do => $do, times => -1 }] });
        my $answer = get('/v1/balance_transactions');
        is_deeply [$answer->{status}, $answer->{json}{error}{type}, $answer->{json}{error}{code}],
            [403, 'invalid_request_error', undef], "$do: the list is refused";
        like $answer->{json}{error}{message}, qr/Having the 'rak_balance_transaction_read' perm/,
            "$do: the answer names the right";
        is get('/v1/balance')->{status}, 200, "$do: the balance is read";
        $d->control(DELETE => '/faults');
    }
    is get('/v1/balance_transactions')->{status}, 200, 'without the rule the list is read';
};

# ---- a random day ----------------------------------------------------------------------------

my @currencies = qw(usd eur jpy);
my %do = (
    sale => sub ($day) { push @{ $day->{sold} }, paid(amount => 1000 + int rand 9000,
        currency => $currencies[rand @currencies], payment_method =>
            rand() < 0.5 ? 'pm_card_visa' : 'pm_card_bypassPending') },
    refund => sub ($day) { push @{ $day->{refunds} }, $d->json(POST => '/_double/refunds',
        { payment_intent => pick($day->{sold})->{id}, amount => 1 + int rand 900 })->{json} },
    fail => sub ($day) {
        $d->json(POST => '/_double/refunds/' . pick($day->{refunds})->{id} . '/fail') },
    dispute => sub ($day) { push @{ $day->{disputes} }, $d->json(POST => '/_double/disputes',
        { payment_intent => pick($day->{sold})->{id} })->{json} },
    close => sub ($day) { $d->json(POST => '/_double/disputes/' . pick($day->{disputes})->{id}
        . '/close', { outcome => rand() < 0.5 ? 'won' : 'lost' }) },
    reopen => sub ($day) { $d->json(POST => '/_double/disputes/' . pick($day->{disputes})->{id}
        . '/reopen', rand() < 0.5 ? { currency => 'eur' } : {}) },
    transfer => sub ($day) { push @{ $day->{transfers} }, $d->stripe(POST => '/v1/transfers',
        { amount => 500, currency => 'usd', destination => $merchant })->{json} },
    reversal => sub ($day) { $d->stripe(POST => '/v1/transfers/' . pick($day->{transfers})->{id}
        . '/reversals', { amount => 1 + int rand 200 }) },
    payout => sub ($day) { push @{ $day->{payouts} }, $d->json(POST => '/_double/payouts',
        { account => rand() < 0.5 ? 'platform' : $merchant, currency => 'usd' })->{json} },
    advance => sub ($day) { $d->json(POST => '/_double/payouts/' . pick($day->{payouts})->{id}
        . '/advance', { status => (qw(paid failed canceled))[rand 3] }) },
    fund => sub ($day) { $d->fund(int rand 5000, 'platform', $currencies[rand @currencies]) },
    clock => sub ($day) { $d->control(POST => '/clock', { advance_s => int rand 100_000 }) },
    rates => sub ($day) { $d->control(POST => '/settlement', { account => 'platform',
        currency => 'usd', rates => rand() < 0.5 ? {} : { eur => '1.085', jpy => '0.0068' } }) },
);

# One of those that were made; the others were refused.
sub pick ($list) {
    my @made = grep { defined $_->{id} } @{ $list // [] };
    return @made ? $made[rand @made] : { id => 'none' };
}

for my $seed (map { $_ * 7 } 1 .. 4) {
    srand $seed;
    my %day;
    my @names = sort keys %do;
    for my $step (1 .. 80) {
        my $name = rand() < 0.2 ? 'sale' : $names[rand @names];
        $do{$name}->(\%day);
    }
    is_balanced("random day $seed", 'platform', $merchant);
}

is_deeply $d->control(GET => '/contract')->{wrong}, [], "all answers have the schema's form";

done_testing;
