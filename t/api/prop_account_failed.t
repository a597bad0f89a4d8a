# Protects: an account for which the provider gave no subaccount is shown among the failed ones, and
# not after an operator's retry helped.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Purser;

my $purser = T::Purser->start(conf => { provider_attempts => 1 });
my $api = $purser->api;
my $uri = '/v2/payments/prop-accounts/failed';

is($api->GET($uri)->{body}, '[]', 'empty at first');
my ($checkout, $good) = $purser->buy;
is($api->GET($uri)->{body}, '[]', 'an active account is none of them');

$purser->double->faults({ match => 'POST /api/create-subaccount', do => '402', status => 403,
    times => 1 },
    { match => 'POST /api/create-subaccount', do => 'body', status => 400,
      body => '{"status":"error","error":"no more accounts"}', times => 2 });
my $second = json_of($api->POST('/v2/payments/checkout', $purser->checkout_body));
$purser->double->confirm($second->{stripe_payment_intent_id});
my $failed = $purser->wait_for('the account has failed', sub { json_of($api->GET($uri))->[0] }, 15);
is($failed->{status}, 'subaccount_failed', 'its status');
is($failed->{stripe_payment_intent_id}, $second->{stripe_payment_intent_id}, 'the paid one');
is_deeply([@$failed{qw(subaccount_id subaccount_uuid synthetic_hotkey)}], [undef, undef, undef],
    'nothing of a subaccount');
is_deeply(json_of($api->GET($uri)), [$failed], 'it alone');
is_deeply(json_of($api->GET("/v2/payments/prop-accounts/$failed->{id}")), $failed,
    'by its id the same');
is_deeply([map { $_->{id} } @{ json_of($api->GET('/v2/payments/prop-accounts')) }],
    [$failed->{id}, $good->{id}], 'both are in the whole list');
is_deeply(json_of($api->GET("$uri?starting_after=$failed->{id}")), [], 'it pages');
is_problem($api->GET("$uri?limit=0"), 422, 'V2_VALIDATION_ERROR', 'limit=0');

my ($newcomer) = $purser->new_user_api('newcomer@acme.test');
is($newcomer->GET($uri)->{body}, '[]', 'another user sees none');
is($purser->api(1)->GET($uri)->{body}, '[]', 'another tenant sees none');

$purser->double->no_faults;
is($purser->value("select admin.retry(?, 'test', false)", $failed->{id}), 'provision',
    'an operator retries');
$purser->wait_for('the account is active', sub {
    json_of($api->GET("/v2/payments/prop-accounts/$failed->{id}"))->{status} eq 'active' });
is($api->GET($uri)->{body}, '[]', 'it is no failed one any more');
is($purser->double->control(GET => '/_double/state')->{subaccounts}, 2,
    'two accounts, two subaccounts');

done_testing;
