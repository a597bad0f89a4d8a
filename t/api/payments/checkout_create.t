# Protects: a checkout makes one PaymentIntent of the tier's price with our ids in its metadata, and
# no account.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments']);
my $api = $purser->api;
my ($tenant) = $purser->tenants;
my $uri = '/v2/payments/checkout';

sub intents { return $purser->double->calls(POST => '/v1/payment_intents') }
sub payments { return $purser->value('select count(*) from payments.payment') }

subtest 'checkout: the answer' => sub {
    my $answer = $api->POST($uri, $purser->checkout_body);
    is_status($answer, 200, 'a checkout is answered by 200');
    is($answer->{headers}{'content-type'}, 'application/json',
        'the Content-Type is application/json');
    my $body = json_of($answer);
    is_deeply([sort keys %$body], [qw(amount_cents client_secret currency payment_id status
        stripe_payment_intent_id)], 'the answer has the six documented members');
    like($body->{payment_id}, qr/^pay_[0-9a-f]{32}$/, 'payment_id has our form');
    like($body->{stripe_payment_intent_id}, qr/^pi_\w+$/,
        "stripe_payment_intent_id has Stripe's form");
    like($body->{client_secret}, qr/^\Q$body->{stripe_payment_intent_id}\E_secret_\w+$/,
        'client_secret is that of the PaymentIntent');
    like($answer->{body}, qr/"amount_cents":19900,/, 'amount_cents is a JSON integer');
    is_json($answer, { amount_cents => 19_900, currency => 'usd',
        status => 'requires_payment_method' },
        'the answer has the amount, the currency and the first status');
    is($purser->value('select count(*) from payments.prop_account'), 0,
        'a checkout makes no account');
};

subtest 'checkout: what Stripe is asked' => sub {
    my ($call, @more) = intents();
    is(scalar @more, 0, 'Stripe is asked once');
    my ($payment) = @{ $purser->rows('select * from payments.payment') };
    is($call->{headers}{'idempotency-key'}, "$payment->{id}:create",
        'the Idempotency-Key is made of the row and the step');
    is($call->{headers}{'stripe-version'}, '2026-10-28.endive', 'Stripe-Version is the pinned one');
    is($call->{headers}{'content-type'}, 'application/x-www-form-urlencoded',
        'the Content-Type is that of a form');
    is_deeply($call->{params}, {
        amount => '19900', currency => 'usd', automatic_payment_methods => { enabled => 'true' },
        metadata => $purser->metadata($payment->{id}, purser_attempt => '1',
            purser_user => $tenant->{user}, purser_tier => 'tier_25k'),
    }, 'the parameters are amount, currency, methods and metadata');
    is($payment->{$_->[0]}, $_->[1], "the row has $_->[0]") for (['tenant_id', $tenant->{id}],
        ['user_id', $tenant->{user}], ['status', 'requires_payment_method'],
        ['amount_cents', 19_900],
        ['currency', 'usd'], ['stripe_payment_intent_id', $call->{response}{id}]);
};

subtest 'checkout: the currency' => sub {
    my %body = %{ $purser->checkout_body };
    delete $body{currency};
    is_json($api->POST($uri, \%body), { currency => 'usd' }, 'a currency that is absent means usd');
    is_json($api->POST($uri, { %body, currency => undef }), { currency => 'usd' },
        'a currency that is null means usd');
    is_json($api->POST($uri, { %body, currency => 'USD' }), { currency => 'usd' },
        'a currency is taken in any case of letters');
    my %yen = (tier_id => 'tier_jpy', market => 'forex', asset_class => 'forex',
        account_size => 5000,
        amount_cents => 30_000);
    my $answer = $api->POST($uri, { %yen, currency => 'jpy' });
    is_json($answer, { currency => 'jpy', amount_cents => 30_000 },
        'a tier in yen is sold in yen');
    is((intents())[-1]{params}{amount}, '30000', 'an amount in yen reaches Stripe in whole yen');
    is_problem($api->POST($uri, { %yen, currency => 'usd' }), 422, 'V2_VALIDATION_ERROR',
        'a tier in yen is not sold in usd');
    is_problem($api->POST($uri, \%yen), 422, 'V2_VALIDATION_ERROR',
        'a tier in yen is not sold when the currency is absent');
};

is_status($api->POST($uri, { %{ $purser->checkout_body }, unknown => [1, { a => undef }] }), 200,
    'checkout: an unknown member of the body is ignored');

subtest 'checkout: without a key two requests are two payments' => sub {
    my ($before, $asked) = (payments(), scalar intents());
    my @ids = map { json_of($api->POST($uri, $purser->checkout_body))->{payment_id} } 1 .. 2;
    isnt($ids[0], $ids[1], 'the payments have two ids');
    is(payments(), $before + 2, 'the payments have two rows');
    is(scalar intents(), $asked + 2, 'the payments have two PaymentIntents');
};

subtest 'checkout: a challenge is not sold for another price' => sub {
    $purser->value("select admin.set_tier('acme', 'tier_old', 'crypto', 'crypto', 25000, 100, "
        . "'usd',"
        . " false, 'test', false)");
    my ($before, $asked) = (payments(), scalar intents());
    my @wrong = (
        [{ tier_id => 'tier_1k' }, 'V2_UNKNOWN_TIER'],
        [{ tier_id => 'TIER_25K' }, 'V2_UNKNOWN_TIER'],
        [{ tier_id => "tier_25k' or true --" }, 'V2_UNKNOWN_TIER'],
        [{ tier_id => 'tier_old', amount_cents => 100 }, 'V2_UNKNOWN_TIER'],
        [{ amount_cents => 1 }, 'V2_AMOUNT_MISMATCH'],
        [{ amount_cents => 19_899 }, 'V2_AMOUNT_MISMATCH'],
        [{ amount_cents => 19_901 }, 'V2_AMOUNT_MISMATCH'],
        [{ amount_cents => 0 }, 'V2_AMOUNT_MISMATCH'],
        [{ tier_id => 'tier_demo', account_size => 10_000, amount_cents => 0 },
            'V2_AMOUNT_MISMATCH'],
        [{ tier_id => 'tier_demo', account_size => 10_000 }, 'V2_AMOUNT_MISMATCH'],
        [{ account_size => 50_000 }, 'V2_VALIDATION_ERROR', 'account_size'],
        [{ market => 'forex' }, 'V2_VALIDATION_ERROR', 'market'],
        [{ asset_class => 'forex' }, 'V2_VALIDATION_ERROR', 'asset_class'],
        [{ currency => 'eur' }, 'V2_VALIDATION_ERROR', 'currency'],
    );
    for (@wrong) {
        my ($change, $code, $field) = @$_;
        my $name = join ' ', %$change;
        my $answer = $api->POST($uri, $purser->checkout_body(%$change));
        is_problem($answer, 422, $code, "$name: refused");
        my $detail = json_of($answer)->{detail};
        is($detail->{retryable}, JSON::PP::false, "$name: not retryable");
        is($detail->{errors}[0]{field}, $field, "$name: the answer names the field") if $field;
    }
    is_problem($purser->api(1)->POST($uri, $purser->checkout_body(tier_id => 'tier_acme')), 422,
        'V2_UNKNOWN_TIER', 'a tier of another tenant is unknown');
    is(payments(), $before, 'refused checkouts make no row');
    is(scalar intents(), $asked, 'refused checkouts make no PaymentIntent');
};

subtest "checkout: a tier is its tenant's" => sub {
    $purser->value("select admin.set_tier('other', 'tier_theirs', 'crypto', 'crypto', 25000, "
        . "19900, 'usd',"
        . " true, 'test', false)");
    my $body = $purser->checkout_body(tier_id => 'tier_theirs');
    is_problem($api->POST($uri, $body), 422, 'V2_UNKNOWN_TIER',
        'the tier of another tenant is unknown');
    is_status($purser->api(1)->POST($uri, $body), 200, 'the tier is sold by its own tenant');
};

done_testing;
