# Protects: the list of Connect accounts shows them as Stripe has them now, is answered within 2 s
# whatever Stripe does, and says when each row was last checked.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

# As long as in production, so that only the list's own budget ends the waiting.
my $purser = T::Purser->start(programs => ['purser-connect'],
    conf => { stripe_timeout_ms => 8000, stripe_deadline_ms => 20_000 });
my $uri = '/v2/connect/accounts';
my $alice = T::Payouts->new($purser);
my $api = $alice->api;

sub asked { return scalar $purser->double->calls(GET => qr{^/v1/accounts/}) }
sub onboard {
    return $purser->double->control(POST => "/_double/accounts/$_[0]/onboard",
        { outcome => $_[1] });
}
sub age {
    return $purser->value("update connect.account set checked_at = checked_at - interval '$_[0] s' "
        . "where user_id = ? returning 1", $_[1]);
}

is_deeply(json_of($api->GET($uri)), [], 'Connect list: empty for a new user');
my $account = $alice->payee(outcome => 'none');
my $acct = $account->{stripe_account_id};

my ($row) = @{ json_of($api->GET($uri)) };
is_deeply([sort keys %$row],
    [qw(bank_name charges_enabled checked_at country details_submitted id last4 payouts_enabled
        status stripe_account_id)],
    'Connect list: a row has the documented members, and checked_at');
like($row->{checked_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
    'Connect list: checked_at is a time');
is_deeply([@$row{qw(id stripe_account_id status country bank_name last4)}],
    [$account->{id}, $acct, 'pending', 'US', undef, undef],
    'Connect list: a new account is pending');

# purser-webhooks does not run: only the list can find the change.
onboard($acct, 'active');
my $before = asked();
($row) = @{ json_of($api->GET($uri)) };
is_deeply([@$row{qw(status payouts_enabled details_submitted bank_name last4)}],
    ['active', JSON::PP::true, JSON::PP::true, 'STRIPE TEST BANK', '6789'],
    'Connect list: a finished form is seen by the next list');
is(asked(), $before + 1, 'Connect list: a finished form costs one call of Stripe');
$api->GET($uri);
is(asked(), $before + 1, 'Connect list: an active account just checked is not asked for');
age(61, $alice->user);
$api->GET($uri);
is(asked(), $before + 2, 'Connect list: an active account is asked for after a minute');
age(61, $alice->user);
onboard($acct, 'restricted');
($row) = @{ json_of($api->GET($uri)) };
is_deeply([@$row{qw(status payouts_enabled)}], ['restricted', JSON::PP::false],
    'Connect list: a restricted account is shown so');
onboard($acct, 'disabled');
is(json_of($api->GET($uri))->[0]{status}, 'disabled',
    'Connect list: a disabled account is shown so');

subtest 'Connect list: that of other users and tenants' => sub {
    is_deeply(json_of(T::Payouts->new($purser)->api->GET($uri)), [],
        "another user's list is empty");
    is_deeply(json_of($purser->api(1)->GET($uri)), [], "another tenant's list is empty");
};

subtest 'Connect list: pages of the list' => sub {
    my $trader = T::Payouts->new($purser);
    my @ids = map { $trader->payee(country => $_, outcome => 'none')->{id} } qw(US GB DE);
    my @all = map { $_->{id} } @{ json_of($trader->api->GET($uri)) };
    is_deeply(\@all, [reverse @ids], 'the list is newest first');
    is_deeply([map { $_->{id} } @{ json_of($trader->api->GET("$uri?limit=2")) }],
        [@all[0, 1]], 'limit=2 gives the first two');
    is_deeply([map { $_->{id} }
        @{ json_of($trader->api->GET("$uri?limit=2&starting_after=$all[1]")) }], [$all[2]],
        'starting_after gives the next page');
    is($trader->api->GET("$uri?starting_after=con_x")->{body}, '[]',
        'nothing comes after an unknown id');
    is_deeply([map { [map { $_->{id} } @$_] } $trader->api->pages("$uri?limit=2")],
        [[@all[0, 1]], [$all[2]]], 'the links lead through all of them');
    is_problem($trader->api->GET("$uri?limit=$_"), 422, 'V2_VALIDATION_ERROR',
        "limit=$_ is refused")
        for qw(0 101 x);
};

subtest 'Connect list: Stripe is slow and there are 40 accounts to refresh' => sub {
    my $trader = T::Payouts->new($purser);
    my @countries = qw(US GB CA AU JP CH SE NO DK PL CZ HU RO BG NZ SG HK MX BR IN AE TH MY ID PH
        AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV);
    is(scalar @countries, 40, '40 countries are used');
    my @answers = $trader->api->parallel(map { [POST => $uri, { country => $_ }] } @countries);
    is(scalar(grep { $_->{status} == 200 } @answers), 40, '40 accounts are made');
    my %id = map { my $made = json_of($_); ($made->{stripe_account_id} => $made->{id}) } @answers;
    onboard($_, 'active') for keys %id;
    my $checked = json_of($trader->api->GET("$uri?limit=1"))->[0]{checked_at};
    sleep 1;

    # a third of them answer, the others take 5 s
    my @slow = (sort keys %id)[0 .. 26];
    age(61, $trader->user);
    my %then = map { ($_->{id} => $_->{checked_at}) }
        @{ $purser->rows(q{select id, to_char(checked_at at time zone 'UTC', }
            . q{'YYYY-MM-DD"T"HH24:MI:SS"Z"') as checked_at from connect.account where user_id = ?},
            $trader->user) };
    $purser->double->faults(map { { match => "GET /v1/accounts/$_", do => 'delay', delay_ms => 5000,
        times => 1 } } @slow);
    my $start = time;
    my $rows = json_of($trader->api->GET($uri));
    my $took = time - $start;
    cmp_ok($took, '<', 2, sprintf('the list with some slow accounts comes in %.2f s', $took));
    is(scalar @$rows, 40, 'the list has all rows');
    my %slow = map { ($_ => 1) } @slow;
    my @wrong = grep { my $was = $then{ $_->{id} };
        $slow{ $_->{stripe_account_id} } ? $_->{checked_at} ne $was : $_->{checked_at} le $was }
        @$rows;
    is(scalar @wrong, 0, 'checked_at is now for the quick accounts, earlier for the slow ones');
    is(scalar(grep { $_->{status} eq 'active' } grep { !$slow{ $_->{stripe_account_id} } } @$rows),
        13, 'the quick accounts are refreshed');

    age(61, $trader->user);
    $purser->double->faults({ match => 'GET /v1/accounts/*', do => 'delay', delay_ms => 5000,
        times => 40 });
    $start = time;
    $rows = json_of($trader->api->GET($uri));
    $took = time - $start;
    cmp_ok($took, '<', 2, sprintf('the list with 40 slow accounts comes in %.2f s', $took));
    is(scalar @$rows, 40, 'the list with 40 slow accounts has all rows as last known');
    $purser->double->no_faults;
    sleep 5;
    $start = time;
    $rows = json_of($trader->api->GET($uri));
    cmp_ok(time - $start, '<', 2, sprintf('the list with 40 quick accounts comes in %.2f s',
        time - $start));
    is(scalar(grep { $_->{status} eq 'active' } @$rows), 40, 'all 40 quick accounts are refreshed');
};

subtest 'Connect list: Stripe is of no use' => sub {
    my $trader = T::Payouts->new($purser);
    my $mine = $trader->payee(outcome => 'none');
    for my $fault ({ do => '500' }, { do => '429' }, { do => 'html' }, { do => 'huge' },
        { do => 'truncated' }, { do => 'cut_after' },
        { do => 'body', body => '{}' },
        { do => 'body', body => '{"object":"account","id":"acct_other"}' },
        { do => 'body', body => '[]' }, { do => 'hang' }) {
        $purser->double->faults({ match => "GET /v1/accounts/$mine->{stripe_account_id}", %$fault,
            times => -1 });
        my $start = time;
        my $list = $trader->api->GET($uri);
        is(eval { json_of($list)->[0]{status} }, 'pending',
            "$fault->{do} " . ($fault->{body} // '') . ': the account is shown as it was');
        cmp_ok(time - $start, '<', 2, "$fault->{do}: the list comes in time");
        $purser->double->no_faults;
    }
};

done_testing;
