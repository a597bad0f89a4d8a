# Protects: the sale of a challenge: the documented checkout, the payment in the browser, polling
# until the account is active, and the messages of the outbox.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status is_problem json_of);
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;
my ($tenant) = $purser->tenants;

# As the documented curl command sends it.
my $example = <<'END';
{
    "tier_id": "tier_25k",
    "market": "crypto",
    "asset_class": "crypto",
    "account_size": 25000,
    "amount_cents": 19900,
    "currency": "usd"
  }
END

sub outbox {
    return $purser->rows('select type, api, object_id, data::text as data '
        . 'from webhooks.outbox where type = ? order by id', $_[0]);
}

my $answer = $api->POST('/v2/payments/checkout', $example);
is_status($answer, 200, 'POST /v2/payments/checkout: 200 OK');
my $checkout = json_of($answer);
my ($payment_id, $intent) = @$checkout{qw(payment_id stripe_payment_intent_id)};
like($payment_id, qr/^pay_[^_]+$/, 'payment_id is pay_...');
like($intent, qr/^pi_[^_]+$/, 'stripe_payment_intent_id is pi_...');
like($checkout->{client_secret}, qr/^\Q$intent\E_secret_[^_]+$/,
    'client_secret is pi_..._secret_...');
is($answer->{body},
    qq({"payment_id":"$payment_id","stripe_payment_intent_id":"$intent",)
    . qq("client_secret":"$checkout->{client_secret}",)
    . '"amount_cents":19900,"currency":"usd","status":"requires_payment_method"}',
    'POST /v2/payments/checkout: the whole answer, member for member');
is($api->GET('/v2/payments/prop-accounts')->{body}, '[]', 'the checkout creates no account');
is($purser->value('select count(*) from ledger.transfer'), 0, 'the checkout moves no money');

# The request of Stripe.js, with the client_secret and the publishable key alone.
my $confirmed = $purser->double->http->request({ method => 'POST',
    uri => "/v1/payment_intents/$intent/confirm",
    headers => { Authorization => 'Bearer pk_test_double',
        'Content-Type' => 'application/x-www-form-urlencoded' },
    body => "client_secret=$checkout->{client_secret}&payment_method=pm_card_visa" });
is(json_of($confirmed)->{status}, 'succeeded', 'the customer pays in the browser');

my $start = time;
my $list = $purser->wait_for('the account is there', sub {
    my $body = $api->GET('/v2/payments/prop-accounts')->{body};
    return $body =~ /"status":"active"/ ? $body : undef;
}, 30);
my ($account) = @{ T::Api::json_of({ body => $list }) };
is($list,
    qq([{"id":"$account->{id}","tier_id":"tier_25k","asset_class":"crypto","account_size":25000,)
    . qq("status":"active","subaccount_id":0,"subaccount_uuid":"$account->{subaccount_uuid}",)
    . qq("synthetic_hotkey":"${T::Purser::HOTKEY}_0",)
    . qq("stripe_payment_intent_id":"$intent"}]),
    'GET /v2/payments/prop-accounts: the documented array, member for member');
like($account->{id}, qr/^prop_[^_]+$/, 'id is prop_...');
cmp_ok(time - $start, '<', 10, 'the account is there well within the 30 s that clients wait');
is($api->GET("/v2/payments/prop-accounts/$account->{id}")->{body}, $list =~ s/^\[|\]$//gr,
    'GET /v2/payments/prop-accounts/{id}: as in the list');

subtest 'challenge: the money' => sub {
    my $entries = $purser->rows('select a.code, e.amount from ledger.entry e '
        . 'join ledger.account a on a.id = e.account_id order by a.code');
    is_deeply($entries, [{ code => 'revenue:challenges', amount => -19_900 },
        { code => 'stripe:clearing', amount => 19_900 }],
        'the payment is posted once');
    is_deeply($purser->rows('select kind, source, tenant_id from ledger.transfer'),
        [{ kind => 'challenge_payment', source => $payment_id, tenant_id => $tenant->{id} }],
        'the transfer is of this payment');
};

subtest 'challenge: the outbox' => sub {
    my ($paid, @more) = @{ outbox('payment.succeeded') };
    is(scalar @more, 0, 'one payment.succeeded is there');
    is("$paid->{api} $paid->{object_id}", "prop $payment_id",
        'payment.succeeded is of this payment');
    is_deeply(json_of({ body => $paid->{data} }), { payment_id => $payment_id,
        user_id => $tenant->{user},
        stripe_payment_intent_id => $intent, prop_account_id => $account->{id} },
        'payment.succeeded has the four documented members');
    my ($made, @others) = @{ outbox('account.provisioned') };
    is(scalar @others, 0, 'one account.provisioned is there');
    is("$made->{api} $made->{object_id}", "prop $account->{id}",
        'account.provisioned is of this account');
    is_deeply(json_of({ body => $made->{data} }), $account,
        'account.provisioned has the account as its GET shows it');
    is_deeply(outbox('payment.failed'), [], 'no payment.failed is there');
};

subtest 'challenge: a declined card whose event comes after the reading' => sub {
    my ($other) = $purser->new_user_api('declined@acme.test');
    $purser->double->control(POST => '/_double/webhooks', { mode => 'withhold' });
    my $third = json_of($other->POST('/v2/payments/checkout', $example));
    $purser->double->confirm($third->{stripe_payment_intent_id}, 'pm_card_chargeDeclined');
    my $failed = sub { [grep { $_->{object_id} eq $third->{payment_id} }
        @{ outbox('payment.failed') }] };
    $purser->wait_for('the reading publishes the failure', sub { @{ $failed->() } }, 15);
    $purser->double->control(POST => '/_double/webhooks', { mode => 'deliver' });
    $purser->double->control(POST => '/_double/webhooks/flush');
    $purser->wait_for('the event of the failure is handled', sub {
        $purser->value(q{select count(*) from stripe_events.event where type = }
            . q{'payment_intent.payment_failed' and state in ('applied', 'ignored')}) });
    is(scalar @{ $failed->() }, 1, 'one payment.failed is there');
    $purser->dbh->do(q{delete from webhooks.outbox where type = 'payment.failed'});
};

subtest 'challenge: a declined card' => sub {
    my $second = json_of($api->POST('/v2/payments/checkout', $example));
    $purser->double->confirm($second->{stripe_payment_intent_id}, 'pm_card_chargeDeclined');
    my $failed = $purser->wait_for('the outbox has it', sub { outbox('payment.failed')->[0] });
    is($failed->{object_id}, $second->{payment_id}, 'payment.failed is of this payment');
    is_deeply(json_of({ body => $failed->{data} }),
        json_of($api->GET("/v2/payments/$second->{payment_id}")),
        'payment.failed has the payment as its GET shows it');
    is(scalar @{ json_of($api->GET('/v2/payments/prop-accounts')) }, 1, 'no account is made');
    is($purser->value('select count(*) from ledger.transfer'), 1, 'no money is posted');
    $purser->double->confirm($second->{stripe_payment_intent_id}, 'pm_card_visa');
    $purser->wait_for('another card is taken',
        sub { @{ json_of($api->GET('/v2/payments/prop-accounts')) } == 2 });
    is(json_of($api->GET("/v2/payments/$second->{payment_id}"))->{status}, 'succeeded',
        'the PaymentIntent stays usable');
    is(scalar @{ outbox('payment.failed') }, 1, 'the outbox has one payment.failed');
    is(scalar @{ outbox('payment.succeeded') }, 2, 'the outbox has two payment.succeeded');
};

subtest 'challenge: a bank that wants to see the customer, and one that takes its time' => sub {
    my $third = json_of($api->POST('/v2/payments/checkout', $example));
    my $id = $third->{stripe_payment_intent_id};
    my $status = sub { json_of($api->GET("/v2/payments/$third->{payment_id}"))->{status} };
    for my $step (['pm_card_threeDSecureRequired', 'requires_action'],
        ['pm_usBankAccount_success', 'processing']) {
        $purser->double->confirm($id, $step->[0]);
        $purser->wait_for($step->[1], sub { $status->() eq $step->[1] });
        is(scalar @{ json_of($api->GET('/v2/payments/prop-accounts')) }, 2,
            "$step->[1]: no account yet");
    }
    $purser->double->control(POST => "/_double/payment_intents/$id/complete",
        { outcome => 'succeeded' });
    $purser->wait_for('the account is there',
        sub { @{ json_of($api->GET('/v2/payments/prop-accounts')) } == 3 });
    is($status->(), 'succeeded', 'the payment succeeds');
};

subtest 'challenge: the free account' => sub {
    my $free = json_of($api->POST('/v2/payments/free',
        '{ "tier_id": "tier_demo", "asset_class": "crypto", "account_size": 10000 }'));
    is($free->{status}, 'provisioning',
        'the request is answered before the provider made the account');
    $purser->wait_for('it is active', sub {
        json_of($api->GET("/v2/payments/prop-accounts/$free->{id}"))->{status} eq 'active';
    });
    my ($newest) = @{ json_of($api->GET('/v2/payments/prop-accounts')) };
    is($newest->{id}, $free->{id}, 'the free account comes first in the list');
    is($newest->{stripe_payment_intent_id}, undef, 'the free account has no PaymentIntent');
};

is($purser->double->control(GET => '/_double/state')->{subaccounts}, 4,
    'challenge: four accounts have four subaccounts in the end');
is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'challenge: every posting has its reason in the end');

done_testing;
