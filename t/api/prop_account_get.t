# Protects: one account by its id, in every state, for its owner alone.
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
is_status($answer, 200);
is_deeply(json_of($answer), $account, 'as in the list');
is($answer->{body}, $api->GET($uri)->{body} =~ s/^\[|\]$//gr, 'byte for byte');

for my $status (qw(evaluation funded eliminated)) {
    $purser->value("update payments.prop_account set status = ? where id = ? returning id", $status,
        $account->{id});
    is_json($api->GET("$uri/$account->{id}"), { status => $status }, $status);
}
is($purser->value("select admin.suspend_account(?, 'test', false)", $account->{id}), 'suspended',
    'suspended');
is_json($api->GET("$uri/$account->{id}"), { %$account, status => 'suspended' },
    'keeps everything else');

for my $id ('prop_' . '0' x 32, 'prop_', 'x' x 64, 'x' x 65, $checkout->{payment_id},
    '%F0%9F%92%B8', '..%2E',
    "$account->{id}%20", uc $account->{id}) {
    is_problem($api->GET("$uri/$id"), 404, 'V2_NOT_FOUND', "no account $id");
}
is_problem($api->GET("$uri/$account->{id}/"), 404, 'V2_NOT_FOUND', 'no path with a slash behind');
is_problem($api->GET("$uri/$account->{id}/more"), 404, 'V2_NOT_FOUND', 'nor with more');

done_testing;
