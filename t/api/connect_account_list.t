# Protects: the list shows accounts as Stripe has them now, answers within 2 s whatever Stripe does,
# and says when each row was last checked.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

# As long as in production, so that only the list's own budget ends the waiting.
my $purser = T::Purser->start(workers => ['purser-connect'],
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

is_deeply(json_of($api->GET($uri)), [], 'nobody yet');
my $account = $alice->payee(outcome => 'none');
my $acct = $account->{stripe_account_id};

my ($row) = @{ json_of($api->GET($uri)) };
is_deeply([sort keys %$row],
    [qw(bank_name charges_enabled checked_at country details_submitted id last4 payouts_enabled
        status stripe_account_id)], 'the members of the seed, and when it was checked');
like($row->{checked_at}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'a time');
is_deeply([@$row{qw(id stripe_account_id status country bank_name last4)}],
    [$account->{id}, $acct, 'pending', 'US', undef, undef], 'pending');

# No webhook worker runs: only the list can find out.
onboard($acct, 'active');
my $before = asked();
($row) = @{ json_of($api->GET($uri)) };
is_deeply([@$row{qw(status payouts_enabled details_submitted bank_name last4)}],
    ['active', JSON::PP::true, JSON::PP::true, 'STRIPE TEST BANK', '6789'],
    'healed on the next list');
is(asked(), $before + 1, 'by one call');
$api->GET($uri);
is(asked(), $before + 1, 'a fresh active one is not asked for');
age(61, $alice->user);
$api->GET($uri);
is(asked(), $before + 2, 'after a minute it is');
age(61, $alice->user);
onboard($acct, 'restricted');
($row) = @{ json_of($api->GET($uri)) };
is_deeply([@$row{qw(status payouts_enabled)}], ['restricted', JSON::PP::false], 'restricted');
onboard($acct, 'disabled');
is(json_of($api->GET($uri))->[0]{status}, 'disabled', 'disabled');

subtest 'others' => sub {
    is_deeply(json_of(T::Payouts->new($purser)->api->GET($uri)), [], 'another user');
    is_deeply(json_of($purser->api(1)->GET($uri)), [], 'another tenant');
};

subtest 'pages' => sub {
    my $trader = T::Payouts->new($purser);
    my @ids = map { $trader->payee(country => $_, outcome => 'none')->{id} } qw(US GB DE);
    my @all = map { $_->{id} } @{ json_of($trader->api->GET($uri)) };
    is_deeply(\@all, [reverse @ids], 'newest first');
    is_deeply([map { $_->{id} } @{ json_of($trader->api->GET("$uri?limit=2")) }],
        [@all[0, 1]], 'a page');
    is_deeply([map { $_->{id} }
        @{ json_of($trader->api->GET("$uri?limit=2&starting_after=$all[1]")) }], [$all[2]],
        'the next');
    is_problem($trader->api->GET("$uri?limit=$_"), 422, 'V2_VALIDATION_ERROR', "limit $_")
        for qw(0 101 x);
};

subtest 'Stripe is slow and there are 40 accounts to heal' => sub {
    my $trader = T::Payouts->new($purser);
    my @countries = qw(US GB CA AU JP CH SE NO DK PL CZ HU RO BG NZ SG HK MX BR IN AE TH MY ID PH
        AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV);
    is(scalar @countries, 40, '40 countries');
    my @answers = $trader->api->parallel(map { [POST => $uri, { country => $_ }] } @countries);
    is(scalar(grep { $_->{status} == 200 } @answers), 40, '40 accounts');
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
    cmp_ok($took, '<', 2, sprintf 'answered in %.2f s', $took);
    is(scalar @$rows, 40, 'with all rows');
    my %slow = map { ($_ => 1) } @slow;
    my @wrong = grep { my $was = $then{ $_->{id} };
        $slow{ $_->{stripe_account_id} } ? $_->{checked_at} ne $was : $_->{checked_at} le $was }
        @$rows;
    is(scalar @wrong, 0, 'each says when it was checked: the quick ones now, the slow ones before');
    is(scalar(grep { $_->{status} eq 'active' } grep { !$slow{ $_->{stripe_account_id} } } @$rows),
        13, 'the quick ones are healed');

    age(61, $trader->user);
    $purser->double->faults({ match => 'GET /v1/accounts/*', do => 'delay', delay_ms => 5000,
        times => 40 });
    $start = time;
    $rows = json_of($trader->api->GET($uri));
    $took = time - $start;
    cmp_ok($took, '<', 2, sprintf 'all 40 slow: answered in %.2f s', $took);
    is(scalar @$rows, 40, 'with what is known');
    $purser->double->no_faults;
    sleep 5;
    $start = time;
    $rows = json_of($trader->api->GET($uri));
    cmp_ok(time - $start, '<', 2, sprintf 'all 40 quick: answered in %.2f s', time - $start);
    is(scalar(grep { $_->{status} eq 'active' } @$rows), 40, 'all are healed');
};

subtest 'Stripe is of no use' => sub {
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
            "$fault->{do} " . ($fault->{body} // '') . ': shown as it was');
        cmp_ok(time - $start, '<', 2, '... in time');
        $purser->double->no_faults;
    }
};

done_testing;
