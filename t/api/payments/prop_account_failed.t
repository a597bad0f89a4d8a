# Protects: the list of failed accounts has those for which the provider made no subaccount, until
# an operator's retry gets one.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Purser;

my $purser = T::Purser->start(conf => { provider_attempts => 1 });
my $api = $purser->api;
my $uri = '/v2/payments/prop-accounts/failed';

is($api->GET($uri)->{body}, '[]', 'failed accounts: a new user has none');
my ($checkout, $good) = $purser->buy;
is($api->GET($uri)->{body}, '[]', 'failed accounts: an active account is not listed');

$purser->double->faults({ match => 'POST /api/create-subaccount', do => '402', status => 403,
    times => 1 },
    { match => 'POST /api/create-subaccount', do => 'body', status => 400,
      body => '{"status":"error","error":"no more accounts"}', times => 2 });
my $second = json_of($api->POST('/v2/payments/checkout', $purser->checkout_body));
$purser->double->confirm($second->{stripe_payment_intent_id});
my $failed = $purser->wait_for('the account has failed', sub { json_of($api->GET($uri))->[0] }, 15);
is($failed->{status}, 'subaccount_failed', 'failed accounts: the status is subaccount_failed');
is($failed->{stripe_payment_intent_id}, $second->{stripe_payment_intent_id},
    'failed accounts: the paid one is listed');
is_deeply([@$failed{qw(subaccount_id subaccount_uuid synthetic_hotkey)}], [undef, undef, undef],
    'failed accounts: a row has no subaccount');
is_deeply(json_of($api->GET($uri)), [$failed],
    'failed accounts: only the failed account is listed');
is_deeply(json_of($api->GET("/v2/payments/prop-accounts/$failed->{id}")), $failed,
    'failed accounts: GET by its id shows the same');
is_deeply([map { $_->{id} } @{ json_of($api->GET('/v2/payments/prop-accounts')) }],
    [$failed->{id}, $good->{id}], 'failed accounts: the list of all has both');
is_deeply(json_of($api->GET("$uri?starting_after=$failed->{id}")), [],
    'failed accounts: starting_after gives the next page');
is_problem($api->GET("$uri?limit=0"), 422, 'V2_VALIDATION_ERROR',
    'failed accounts: limit=0 is refused');

my ($newcomer) = $purser->new_user_api('newcomer@acme.test');
is($newcomer->GET($uri)->{body}, '[]', 'failed accounts: another user sees none');
is($purser->api(1)->GET($uri)->{body}, '[]', 'failed accounts: another tenant sees none');

$purser->double->no_faults;
is($purser->value("select admin.retry(?, 'test', false)", $failed->{id}), 'provision',
    'failed accounts: an operator retries one');
$purser->wait_for('the account is active', sub {
    json_of($api->GET("/v2/payments/prop-accounts/$failed->{id}"))->{status} eq 'active' });
is($api->GET($uri)->{body}, '[]', 'failed accounts: a retried one is not listed');
is($purser->double->control(GET => '/_double/state')->{subaccounts}, 2,
    'failed accounts: two accounts have two subaccounts in the end');

done_testing;
