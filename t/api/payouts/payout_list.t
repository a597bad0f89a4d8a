# Protects: the history has the user's own payouts, newest first, with the documented members.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)]);
my $uri = '/v2/payouts';
my $alice = T::Payouts->new($purser);
my $api = $alice->api;

is($api->GET($uri)->{body}, '[]', 'payouts: a new user has a bare empty array');
$alice->payee;
my @accounts = map { $alice->funded([$_, 0]) } 412.5, 20, 30;
my @ids = map { json_of($api->POST("$uri/request", { prop_account_id => $_->{id} }))->{id} }
    @accounts;
$alice->writer->POST("$uri/$ids[0]/submit", {});

my $list = json_of($api->GET($uri));
is_deeply([map { $_->{id} } @$list], [reverse @ids], 'payouts: listed newest first');
my $paid = $list->[2];
is_deeply([sort keys %$paid],
    [qw(amount_cents completed_at currency destination failure_reason hold_reason id requested_at
        status stripe_transfer_id)], 'payouts: a row has the ten members');
is_deeply([@$paid{qw(id amount_cents currency status failure_reason)}],
    [$ids[0], 41_250, 'usd', 'paid', undef], 'payouts: a paid one is shown as paid');
like($paid->{stripe_transfer_id}, qr/^tr_\w+$/, 'payouts: a paid one has its transfer');
like($paid->{$_}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "payouts: a paid one has $_")
    for qw(requested_at completed_at);
like($api->GET($uri)->{body}, qr/"destination":\{"stripe_account_id":"acct_\w+","bank_name":"/,
    'payouts: a destination is printed without blanks, as all else is');
is_deeply([@{ $list->[0] }{qw(status stripe_transfer_id completed_at)}], ['pending', undef, undef],
    'payouts: a pending one has no transfer');

is_deeply([map { $_->{id} } @{ json_of($api->GET($uri, 'X-Prop-Account' => $accounts[1]{id})) }],
    [$ids[1]], 'payouts: X-Prop-Account lists those of one account');
is_deeply([map { $_->{id} } @{ json_of($api->GET("$uri?limit=2")) }], [@ids[2, 1]],
    'payouts: limit=2 gives the first two');
is_deeply([map { $_->{id} } @{ json_of($api->GET("$uri?limit=2&starting_after=$ids[1]")) }],
    [$ids[0]], 'payouts: starting_after gives the next page');
is_deeply([map { [map { $_->{id} } @$_] } $api->pages("$uri?limit=1")],
    [map { [$_] } reverse @ids], 'payouts: the links lead through all of them');
is_deeply([map { scalar @$_ } $api->pages("$uri?limit=1", 'X-Prop-Account' => $accounts[1]{id})],
    [1], 'payouts: the list of one account ends with it');
is_problem($api->GET("$uri?limit=$_"), 422, 'V2_VALIDATION_ERROR', "payouts: limit=$_ is refused")
    for qw(0 101 -1 x);
is_problem($api->GET("$uri?starting_after=$_"), 422, 'V2_VALIDATION_ERROR',
    "payouts: starting_after=$_ is refused") for '', 'x', 'po_', $accounts[0]{id};
is($api->GET("$uri?starting_after=po_$_")->{body}, '[]',
    "payouts: nothing comes after the unknown id po_$_") for '0', 'x', 'f' x 32;
is_problem($api->GET($uri, 'X-Prop-Account' => 'prop_none'), 404, 'V2_NOT_FOUND',
    'payouts: an unknown account is not found');

my $bob = T::Payouts->new($purser);
is($bob->api->GET($uri)->{body}, '[]', "payouts: another user's list is empty");
is_problem($bob->api->GET($uri, 'X-Prop-Account' => $accounts[0]{id}), 404, 'V2_NOT_FOUND',
    "payouts: another user's account is not found");
is($purser->api(1)->GET($uri)->{body}, '[]', "payouts: another tenant's list is empty");

done_testing;
