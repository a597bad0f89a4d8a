# Protects: GET of a prop account shows it in every status, to its owner only.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;

my $purser = T::Purser->start;
my $api = $purser->api;
my $uri = '/v2/payments/prop-accounts';

my ($checkout, $account) = $purser->buy;
my $answer = $api->GET("$uri/$account->{id}");
is_status($answer, 200, 'account: shown');
is_deeply(json_of($answer), $account, 'account: shown as in the list');
is($answer->{body}, $api->GET($uri)->{body} =~ s/^\[|\]$//gr,
    'account: shown byte for byte as in the list');

for my $status (qw(evaluation funded eliminated)) {
    $purser->value("update payments.prop_account set status = ? where id = ? returning id", $status,
        $account->{id});
    is_json($api->GET("$uri/$account->{id}"), { status => $status },
        "account: the status $status is shown");
}
is($purser->value("select admin.suspend_account(?, 'test', false)", $account->{id}), 'suspended',
    'account: an operator suspends it');
is_json($api->GET("$uri/$account->{id}"), { %$account, status => 'suspended' },
    'account: a suspended one keeps everything else');

for my $id ('prop_' . '0' x 32, 'prop_', 'x' x 64, 'x' x 65, $checkout->{payment_id},
    '%F0%9F%92%B8', '..%2E',
    "$account->{id}%20", uc $account->{id}) {
    is_problem($api->GET("$uri/$id"), 404, 'V2_NOT_FOUND', "account: $id is not found");
}
is_problem($api->GET("$uri/$account->{id}/"), 404, 'V2_NOT_FOUND',
    'account: a path with a slash behind is not found');
is_problem($api->GET("$uri/$account->{id}/more"), 404, 'V2_NOT_FOUND',
    'account: a path with more behind is not found');

done_testing;
