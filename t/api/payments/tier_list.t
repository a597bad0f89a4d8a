# Protects: the list of tiers has what the app's tenant sells and nothing else, and each row is what
# a checkout of it must say.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments']);
my $api = $purser->api;
my $uri = '/v2/payments/tiers';

sub set_tier {
    my ($tenant, $id, $active) = @_;
    return $purser->value('select admin.set_tier(?, ?, ?, ?, ?, ?, ?, ?, ?, false)', $tenant, $id,
        qw(forex metals 75000 1234500 kwd), $active, 'test');
}

set_tier('acme', 'gone_75k', 0);
set_tier('acme', 'apex_75k', 1);
set_tier('other', 'theirs_75k', 1);
my $answer = $api->GET($uri);
is_status($answer, 200, 'tiers: listed');
is_deeply(json_of($answer), [
    { tier_id => 'apex_75k', market => 'forex', asset_class => 'metals', account_size => 75_000,
        amount_cents => 1_234_500, currency => 'kwd' },
    { tier_id => 'tier_25k', market => 'crypto', asset_class => 'crypto', account_size => 25_000,
        amount_cents => 19_900, currency => 'usd' },
    { tier_id => 'tier_50k', market => 'crypto', asset_class => 'crypto', account_size => 50_000,
        amount_cents => 34_900, currency => 'usd' },
    { tier_id => 'tier_demo', market => 'crypto', asset_class => 'crypto', account_size => 10_000,
        amount_cents => 0, currency => 'usd' },
    { tier_id => 'tier_jpy', market => 'forex', asset_class => 'forex', account_size => 5_000,
        amount_cents => 30_000, currency => 'jpy' },
], 'tiers: by id, those that are sold, with a price in the minor unit of its currency');
is($api->with(session => undef)->GET($uri)->{body}, $answer->{body},
    "tiers: the app's token is enough");
is_deeply([grep { /theirs/ } map { $_->{tier_id} } @{ json_of($purser->api(1)->GET($uri)) }],
    ['theirs_75k'], 'tiers: another tenant sees its own');
for my $tier (@{ json_of($answer) }) {
    my $checkout = $api->POST('/v2/payments/checkout', $tier);
    if ($tier->{amount_cents}) {
        is_json($checkout, { amount_cents => $tier->{amount_cents},
            currency => $tier->{currency} }, "tiers: $tier->{tier_id} is bought by its row");
    } else {
        is_problem($checkout, 422, 'V2_AMOUNT_MISMATCH',
            "tiers: $tier->{tier_id} is free and not bought");
        is_status($api->POST('/v2/payments/free', $tier), 200,
            "tiers: $tier->{tier_id} is opened by its row");
    }
}
is_problem($api->POST('/v2/payments/checkout', $purser->checkout_body(tier_id => 'gone_75k')), 422,
    'V2_UNKNOWN_TIER', 'tiers: one that is not listed is not sold');

is_deeply([map { $_->{tier_id} } @{ json_of($api->GET("$uri?limit=2")) }],
    [qw(apex_75k tier_25k)], 'tiers: limit=2 gives the first two');
is($api->GET("$uri?starting_after=a")->{body}, '[]', 'tiers: nothing comes after an unknown id');
is_deeply([map { $_->{tier_id} } @{ json_of($api->GET("$uri?limit=2&starting_after=tier_25k")) }],
    [qw(tier_50k tier_demo)], 'tiers: starting_after gives the next page');
is($api->GET("$uri?limit=2")->{headers}{link},
    "<$uri?limit=2&starting_after=tier_25k>; rel=\"next\"", 'tiers: Link has the next page');
is_deeply([map { [map { $_->{tier_id} } @$_] } $api->pages("$uri?x=y&limit=2")],
    [[qw(apex_75k tier_25k)], [qw(tier_50k tier_demo)], ['tier_jpy']],
    'tiers: the links lead through all of them once');
is($api->GET($uri)->{headers}{link}, undef, 'tiers: a list that ends has no Link');
is($api->GET("$uri?limit=5")->{headers}{link}, undef,
    'tiers: a list that ends with its page has no Link');
is_problem($api->GET("$uri?limit=0"), 422, 'V2_VALIDATION_ERROR', 'tiers: limit=0 is refused');

done_testing;
