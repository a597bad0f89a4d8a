# Protects: every kind of refund and dispute suspends the account as documented, and is posted to
# the ledger once, exact to the cent.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status json_of);
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;
my $posted = '';

sub control {
    my ($path, $body) = @_;
    return $purser->double->control(POST => "/_double$path", $body || {});
}

sub status { return json_of($api->GET("/v2/payments/prop-accounts/$_[0]{id}"))->{status} }

sub wait_status {
    my ($account, $status) = @_;
    $purser->wait_for("the account is $status", sub { status($account) eq $status });
    return pass("the account is $status");
}

# The transfers since the last question but those of Stripe's balance transactions, in order: "kind
# plus minus amount".
sub postings {
    my $rows = $purser->rows(<<'END', $posted);
select t.id, t.kind || ' ' || string_agg(a.code || ' ' || to_char(e.amount, 'FMSG999999'), ', '
    order by e.amount desc) as text
from ledger.transfer t
join ledger.entry e on e.transfer_id = t.id
join ledger.account a on a.id = e.account_id
where t.id > ? and t.kind <> 'balance_transaction'
group by t.tenant_id, t.id
order by t.posted_at, t.id
END
    my @all = sort { $a->{id} cmp $b->{id} } @$rows;
    $posted = $all[-1]{id} if @all;
    return [map { $_->{text} } @$rows];
}

sub balances {
    my $rows = $purser->rows(q(select code, balance from ledger.balance_v where asset = 'usd' )
        . q(and code like '%:challenges' and balance <> 0));
    return { map { ($_->{code} => $_->{balance} + 0) } @$rows };
}

# Waits until every event that Stripe has sent so far is applied or ignored.
sub settled {
    return $purser->wait_for('all events are applied', sub {
        my $double = $purser->double->control(GET => '/_double/webhooks');
        !$double->{queued} && !$double->{running} && !$double->{held}
            && $purser->value(q(select count(*) = 0 from stripe_events.event )
                . q(where state in ('pending', 'parked'))) });
}

my $bought = 'challenge_payment stripe:clearing +19900, revenue:challenges -19900';

sub buy {
    my ($checkout, $account) = $purser->buy;
    settled();
    is_deeply(postings(), [$bought], 'the challenge is bought and posted');
    return ($checkout, $account);
}

sub buy_with {
    my ($card) = @_;
    my $checkout = json_of($api->POST('/v2/payments/checkout', $purser->checkout_body));
    $purser->double->confirm($checkout->{stripe_payment_intent_id}, $card);
    my $account = $purser->wait_for('the account is there', sub {
        my ($found) = grep { ($_->{stripe_payment_intent_id} // '')
            eq $checkout->{stripe_payment_intent_id} }
            @{ json_of($api->GET('/v2/payments/prop-accounts')) };
        return $found && $found->{status} =~ /^(?:active|suspended)$/ ? $found : undef;
    });
    return ($checkout, $account);
}

sub refunded {
    return $purser->value('select refunded_cents from payments.payment where id = ?',
        $_[0]{payment_id});
}

subtest 'refunds and disputes: a part is refunded, then the rest' => sub {
    my ($checkout, $account) = buy();
    my %intent = (payment_intent => $checkout->{stripe_payment_intent_id});
    control('/refunds', { %intent, amount => 900 });
    settled();
    is(status($account), 'active', 'a refund of a part leaves the account active');
    is_deeply(postings(), ['challenge_refund refunds:challenges +900, stripe:clearing -900'],
        'a refund of a part is posted');
    is(refunded($checkout), 900, 'a refund of a part is counted');
    control('/refunds', { %intent, amount => 18_999 });
    settled();
    is(status($account), 'active', 'a refund of all but one cent leaves the account active');
    control('/refunds', { %intent, amount => 1 });
    wait_status($account, 'suspended');
    settled();
    is_deeply(postings(), [map { "challenge_refund refunds:challenges +$_, stripe:clearing -$_" }
        18_999, 1], 'each refund is posted');
    is(refunded($checkout), 19_900, 'the refunds sum to the price');
    is($purser->value('select status from payments.payment where id = ?', $checkout->{payment_id}),
        'succeeded', 'the payment stays succeeded');
    is_deeply(balances(), { 'revenue:challenges' => -19_900, 'refunds:challenges' => 19_900 },
        'the balances are the price and its refund');
};

subtest 'refunds and disputes: a whole refund that fails later' => sub {
    my ($checkout, $account) = buy();
    my $refund = control('/refunds', { payment_intent => $checkout->{stripe_payment_intent_id} });
    wait_status($account, 'suspended');
    settled();
    is_deeply(postings(), ['challenge_refund refunds:challenges +19900, stripe:clearing -19900'],
        'the refund is posted');
    control("/refunds/$refund->{id}/fail");
    wait_status($account, 'active');
    settled();
    is_deeply(postings(),
        ['challenge_refund_failed stripe:clearing +19900, refunds:challenges -19900'],
        'the failed refund is posted back');
    is(refunded($checkout), 0, 'the payment counts no refund');
    my $second = control('/refunds', { payment_intent => $checkout->{stripe_payment_intent_id} });
    wait_status($account, 'suspended');
    settled();
    is_deeply(postings(), ['challenge_refund refunds:challenges +19900, stripe:clearing -19900'],
        'a second refund is posted as another');
    $purser->wait_for('the event of the older API version is applied', sub { $purser->value(
        q{select count(*) from admin.events where type = 'charge.refund.updated'
            and state = 'applied' and object_id = ?}, $refund->{id}) > 0 });
};

subtest 'refunds and disputes: a refund that is pending first' => sub {
    my ($checkout, $account) = buy_with('pm_card_pendingRefund');
    settled();
    postings();
    my $refund = control('/refunds', { payment_intent => $checkout->{stripe_payment_intent_id} });
    is($refund->{status}, 'pending', 'the refund is pending');
    wait_status($account, 'suspended');
    settled();
    is_deeply(postings(), ['challenge_refund refunds:challenges +19900, stripe:clearing -19900'],
        'the pending refund is posted');
    control("/refunds/$refund->{id}/succeed");
    settled();
    is_deeply(postings(), [], "the refund's success posts nothing more");
    is($purser->value('select status from payments.refund where id = ?', $refund->{id}),
        'succeeded', "the refund's success is stored");
};

my $opened = ['dispute_funds stripe:disputed +19900, stripe:clearing -19900'];
sub dispute_of {
    return $purser->rows('select status, stripe_status from payments.dispute where id = ?',
        $_[0]{id})->[0];
}

for my $outcome (qw(won lost)) {
    subtest "refunds and disputes: a dispute that is $outcome" => sub {
        my ($checkout, $account) = buy();
        my $dispute = control('/disputes',
            { payment_intent => $checkout->{stripe_payment_intent_id}, reason => 'fraudulent' });
        wait_status($account, 'suspended');
        settled();
        is_deeply(postings(), $opened, 'the amount and the fee are posted');
        is_deeply(dispute_of($dispute),
            { status => 'needs_response', stripe_status => 'needs_response' },
            'the dispute needs a response');
        control("/disputes/$dispute->{id}/close", { outcome => $outcome });
        wait_status($account, 'active') if $outcome eq 'won';
        settled();
        is(dispute_of($dispute)->{status}, $outcome, "the dispute is stored as $outcome");
        is(status($account), $outcome eq 'won' ? 'active' : 'suspended',
            "the account of a $outcome dispute has its status");
        is_deeply(postings(), [$outcome eq 'won'
            ? 'dispute_funds stripe:clearing +19900, stripe:disputed -19900'
            : 'dispute_lost losses:disputes +19900, stripe:disputed -19900'],
            'the amount is posted, the fee is not given back');
    };
}

subtest 'refunds and disputes: an inquiry' => sub {
    my ($checkout, $account) = buy();
    my $dispute = control('/disputes',
        { payment_intent => $checkout->{stripe_payment_intent_id}, inquiry => \1 });
    settled();
    is(dispute_of($dispute)->{stripe_status}, 'warning_needs_response', 'the inquiry is known');
    is(status($account), 'active', 'an inquiry suspends nothing');
    is_deeply(postings(), [], 'the open inquiry moves no money');
    control("/disputes/$dispute->{id}/close", { outcome => 'won' });
    settled();
    is_deeply(dispute_of($dispute), { status => 'won', stripe_status => 'warning_closed' },
        'the inquiry is closed as won');
    is_deeply(postings(), [], 'the closed inquiry moves no money');
};

subtest 'refunds and disputes: an inquiry that becomes a dispute' => sub {
    my ($checkout, $account) = buy();
    my $dispute = control('/disputes',
        { payment_intent => $checkout->{stripe_payment_intent_id}, inquiry => \1 });
    settled();
    control("/disputes/$dispute->{id}/escalate");
    wait_status($account, 'suspended');
    settled();
    is_deeply(postings(), $opened, 'the dispute moves money');
};

subtest 'refunds and disputes: a dispute that came with the payment' => sub {
    my ($checkout, $account) = buy_with('pm_card_createDispute');
    wait_status($account, 'suspended');
    settled();
    is_deeply([sort @{ postings() }], [sort $bought, @$opened], 'payment and dispute are posted');
    $purser->wait_for('it gets its subaccount', sub {
        json_of($api->GET("/v2/payments/prop-accounts/$account->{id}"))->{status} eq 'suspended';
    });
};

subtest 'refunds and disputes: a won dispute gives back what the account was' => sub {
    my ($checkout, $account) = buy();
    $purser->double->control(PUT => "/_double/validator/$account->{subaccount_uuid}",
        { bucket => 'funded' });
    $api->POST("/v2/lifecycle/sync/$account->{id}", {});
    is(status($account), 'funded', 'the account was funded');
    my $dispute = control('/disputes', { payment_intent => $checkout->{stripe_payment_intent_id} });
    wait_status($account, 'suspended');
    control("/disputes/$dispute->{id}/close", { outcome => 'won' });
    wait_status($account, 'funded');
    settled();
    postings();
};

subtest 'refunds and disputes: a part of a payment is disputed, and the rest refunded' => sub {
    my ($checkout, $account) = buy();
    my $dispute = control('/disputes',
        { payment_intent => $checkout->{stripe_payment_intent_id}, amount => 5000 });
    wait_status($account, 'suspended');
    settled();
    is_deeply(postings(), [$opened->[0] =~ s/19900/5000/gr],
        'the disputed part is posted');
    control("/disputes/$dispute->{id}/close", { outcome => 'won' });
    wait_status($account, 'active');
    settled();
    postings();
    control('/refunds', { payment_intent => $checkout->{stripe_payment_intent_id} });
    wait_status($account, 'suspended');
    settled();
    is_deeply(postings(), ['challenge_refund refunds:challenges +19900, stripe:clearing -19900'],
        'the refund is posted');
};

subtest 'refunds and disputes: a refunded payment whose dispute is won stays suspended' => sub {
    my ($checkout, $account) = buy();
    my $dispute = control('/disputes',
        { payment_intent => $checkout->{stripe_payment_intent_id}, inquiry => \1 });
    control('/refunds', { payment_intent => $checkout->{stripe_payment_intent_id} });
    wait_status($account, 'suspended');
    control("/disputes/$dispute->{id}/close", { outcome => 'won' });
    settled();
    is(dispute_of($dispute)->{status}, 'won', 'the inquiry is closed');
    is(status($account), 'suspended', 'the account stays suspended for the refund');
};

subtest 'refunds and disputes: the books in the end' => sub {
    settled();
    is_deeply($purser->rows('select * from admin.ledger_check'), [],
        'every posting has its reason');
    # Two disputes are open over the whole price, all others are settled one way or the other.
    is($purser->value(q(select balance from ledger.balance_v where code = 'stripe:disputed')),
        2 * 19_900, "the open disputes' money is booked as disputed");
    is($purser->value(q(select balance from ledger.balance_v where code = 'losses:disputes')),
        19_900, "the lost disputes' money is booked as lost");
    is($purser->value('select count(*) from webhooks.outbox where type = ?', 'payment.succeeded'),
        $purser->value('select count(*) from payments.payment where status = ?', 'succeeded'),
        'the outbox has one payment.succeeded for each payment');
    is($purser->value(q(select count(*) from webhooks.outbox )
        . q(where type not in ('payment.succeeded', 'account.provisioned'))), 0,
        'the outbox has no events of other types');
};

done_testing;
