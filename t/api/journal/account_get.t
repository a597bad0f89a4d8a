# Protects: a journal account is shown with its totals after all payouts, to its owner only.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/accounts';
my $account = account($api, account_size => \'100000', net_pnl => \'-250.75');
my $answer = $api->GET("$uri/$account->{id}");
is_status($answer, 200, 'journal account: shown');
is_deeply(literal($answer), { data => $account }, 'journal account: shown as it was made');

my %amount = (pending => '1000.00', processing => '200.20', completed => '30.33',
    failed => '4000.04');
payout($api, $account, status => $_, total_amount => \$amount{$_}, profit_split => \'66.67')
    for sort keys %amount;
my $data = data_of($api->GET("$uri/$account->{id}"));
is($data->{total_gross_payouts}, '5230.57',
    'total_gross_payouts is the sum of all payouts whatever their status');
is($data->{total_net_payouts}, '3487.22', 'total_net_payouts is the sum of the rounded shares');
is($data->{balance}, '94518.68', 'balance is account_size + net_pnl - total_gross_payouts');
payout($api, $account, total_amount => \'10000000000000') for 1, 2;
is(data_of($api->GET("$uri/$account->{id}"))->{balance}, '-19999999905481.32',
    'balance may be far below zero, exactly');

my $theirs = account($other);
my @wrong = map { $api->GET("$uri/$_") } random_uuid(), $theirs->{id}, 'x';
is_problem($wrong[0], 404, 'not_found', 'journal account: a random id is not found', 'journal');
ok(same_404(@wrong), "journal account: another user's is the same 404");
is_status($api->GET("$uri/" . uc $account->{id}), 200,
    'journal account: an id in capitals is found');

done_testing;
