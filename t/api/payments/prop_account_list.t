# Protects: the list has the user's prop accounts with the documented members, newest first, in
# pages.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;
my $uri = '/v2/payments/prop-accounts';

is($api->GET($uri)->{body}, '[]', 'accounts: a new user has a bare empty array');

my ($checkout, $bought) = $purser->buy;
subtest 'accounts: the members of an account' => sub {
    my $answer = $api->GET($uri);
    is_status($answer, 200, 'the list is answered');
    is_deeply(json_of($answer), [{
        id => $bought->{id}, tier_id => 'tier_25k', asset_class => 'crypto', account_size => 25_000,
        status => 'active', subaccount_id => 0, subaccount_uuid => $bought->{subaccount_uuid},
        synthetic_hotkey => "${T::Purser::HOTKEY}_0",
        stripe_payment_intent_id => $checkout->{stripe_payment_intent_id},
    }], 'the account has nine members');
    like($answer->{body}, qr/"account_size":25000,.*"subaccount_id":0,/,
        'amounts and ids of subaccounts are JSON numbers');
};

# Inserted into the table, since paging needs many.
my $others = $purser->rows(<<'END', ($purser->tenants)[0]{id}, ($purser->tenants)[0]{user});
insert into payments.prop_account
    (id, tenant_id, user_id, tier_id, asset_class, account_size, status, provision_state)
select 'prop_' || lpad(to_hex(n), 32, '0'), ?, ?, 'tier_demo', 'crypto', 10000, 'provisioning',
    'failed'
from generate_series(1, 120) as n
returning id
END
my @newest_first = ($bought->{id}, reverse sort map { $_->{id} } @$others);

sub ids { return map { $_->{id} } @{ json_of($api->GET("$uri$_[0]")) } }

subtest 'accounts: pages of the list' => sub {
    is_deeply([ids('')], [@newest_first[0 .. 99]], 'a list without limit has at most 100 rows');
    is_deeply([ids('?limit=1')], [$newest_first[0]], 'limit=1 gives the newest');
    is_deeply([ids('?limit=100')], [@newest_first[0 .. 99]], 'limit=100 gives 100 rows');
    my (@all, $cursor);
    while (my @page = ids('?limit=50' . ($cursor ? "&starting_after=$cursor" : ''))) {
        push @all, @page;
        $cursor = $page[-1];
    }
    is_deeply(\@all, \@newest_first, 'starting_after goes through all of them once');
    is_deeply([ids("?starting_after=$newest_first[-1]")], [], 'nothing comes after the last');
    is_deeply([map { scalar @$_ } $api->pages($uri)], [100, @newest_first - 100],
        'without a limit a link leads to the rest');
    is_deeply([map { $_->{id} } map { @$_ } $api->pages("$uri?limit=49")], \@newest_first,
        'the links lead through all of them once, newest first');
    is_deeply([ids('?unknown=1&limit=2')], [@newest_first[0, 1]],
        'an unknown parameter is ignored');
};

subtest 'accounts: refused limits' => sub {
    for my $limit ('0', '101', '-1', '1.0', '1e1', 'ten', '', '+1', ' 1', '99999999999999999999') {
        my $answer = $api->GET("$uri?limit=" . $limit =~ s/ /%20/r =~ s/\+/%2B/r);
        is_problem($answer, 422, 'V2_VALIDATION_ERROR', "limit=$limit is refused");
        is(json_of($answer)->{detail}{errors}[0]{field}, 'limit',
            "the refusal of limit=$limit names the field");
    }
};

my ($newcomer) = $purser->new_user_api('newcomer@acme.test');
is($newcomer->GET($uri)->{body}, '[]', 'accounts: another user of the tenant sees none');
is($purser->api(1)->GET($uri)->{body}, '[]', 'accounts: another tenant sees none');
is($newcomer->GET("$uri?starting_after=$newest_first[0]")->{body}, '[]',
    "accounts: another user's cursor shows nothing");

done_testing;
