# Protects: a free account needs a tier that costs nothing, makes no call of Stripe, and becomes
# active.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments']);
my $api = $purser->api;
my $uri = '/v2/payments/free';
my %body = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);

my $answer = $api->POST($uri, \%body);
is_status($answer, 200, 'free account: answered by 200');
my $account = json_of($answer);
like($account->{id}, qr/^prop_[0-9a-f]{32}$/, 'free account: the id has our form');
is_deeply($account, {
    id => $account->{id}, tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000,
    status => 'provisioning', subaccount_id => undef, subaccount_uuid => undef,
    synthetic_hotkey => undef, stripe_payment_intent_id => undef,
}, 'free account: all nine members, null where not known yet');

$purser->start_program('purser-jobs');
my $active = $purser->wait_for('the account is active', sub {
    my $found = json_of($api->GET("/v2/payments/prop-accounts/$account->{id}"));
    return $found->{status} eq 'active' ? $found : undef;
});
is($active->{subaccount_id}, 0, 'free account: the provider numbers the subaccount');
like($active->{subaccount_uuid}, qr/^[0-9a-f-]{36}$/, 'free account: the subaccount has its uuid');
is($active->{synthetic_hotkey}, "${T::Purser::HOTKEY}_0",
    'free account: the subaccount has its hotkey');
is($active->{stripe_payment_intent_id}, undef, 'free account: there is no PaymentIntent');

my ($create) = $purser->double->calls(POST => '/api/create-subaccount');
is_deeply($create->{params}, { asset_class => 'crypto', account_size => 10_000 },
    'free account: the provider gets asset class and size');
is($create->{headers}{authorization}, 'Bearer ...cret',
    'free account: the provider gets our token');
is(scalar $purser->double->calls(POST => '/v1/payment_intents'), 0,
    'free account: Stripe is not asked');
is($purser->value('select count(*) from ledger.transfer'), 0, 'free account: no money moves');
is_deeply($purser->rows('select type, object_id from webhooks.outbox'),
    [{ type => 'account.provisioned', object_id => $account->{id} }],
    'free account: the outbox has one account.provisioned');

subtest 'refused free accounts' => sub {
    my @wrong = (
        [{ tier_id => 'tier_25k', account_size => 25_000 }, 'V2_AMOUNT_MISMATCH'],
        [{ tier_id => 'nothing' }, 'V2_UNKNOWN_TIER'],
        [{ account_size => 10_001 }, 'V2_VALIDATION_ERROR', 'account_size'],
        [{ asset_class => 'forex' }, 'V2_VALIDATION_ERROR', 'asset_class'],
    );
    for (@wrong) {
        my ($change, $code, $field) = @$_;
        my $name = join ' ', map { "$_ $change->{$_}" } sort keys %$change;
        my $refused = $api->POST($uri, { %body, %$change });
        is_problem($refused, 422, $code, "$name: refused");
        is(json_of($refused)->{detail}{errors}[0]{field}, $field,
            "$name: the answer names the field") if $field;
    }
    is($purser->value('select count(*) from payments.prop_account'), 1,
        'refused requests make no account');
};

done_testing;
