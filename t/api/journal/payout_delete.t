# Protects: a deleted payout is no longer part of any total, and the answer has the new totals of
# the account.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/payouts';
my $account = account($api, account_size => \'50000', net_pnl => \'-12.5');
my ($first, $second) = map { payout($api, $account, total_amount => \$_) } '5000.00', '0.01';

my $answer = $api->DELETE("$uri/$first->{id}");
is_status($answer, 200, 'journal payout: deleted');
is_deeply(literal($answer), { data => {
    id => $first->{id}, deleted => JSON::PP::true, account_totals_updated => JSON::PP::true,
    account => { id => $account->{id}, total_gross_payouts => '0.01', total_net_payouts => '0.01',
        balance => '49987.49' },
} }, "journal payout: the answer to a delete has the account's totals without it");
like($answer->{body}, qr/"total_gross_payouts":0\.01,"total_net_payouts":0\.01,"balance":49987\.49/,
    'journal payout: the totals are JSON numbers');
my @gone = ($api->DELETE("$uri/$first->{id}"), $api->GET("$uri/$first->{id}"),
    $api->DELETE("$uri/" . random_uuid()));
is_problem($gone[0], 404, 'not_found', 'journal payout: deleting it a second time finds nothing',
    'journal');

my $theirs = payout($other, account($other));
ok(same_404(@gone, $api->DELETE("$uri/$theirs->{id}"), $api->DELETE("$uri/x")),
    "journal payout: another user's is the same 404");
is_status($other->GET("$uri/$theirs->{id}"), 200, "journal payout: another user's is still there");

is(data_of($api->DELETE("$uri/" . uc $second->{id}))->{id}, $second->{id},
    'journal payout: an id in capitals is deleted');
is(data_of($api->GET("/api/v1/accounts/$account->{id}"))->{balance}, '49987.50',
    'journal payout: an account without payouts has its size as balance');
is((payouts_of($api))[1]{total}, 0, 'journal payout: a journal is empty when all are deleted');
is_problem($api->DELETE($uri), 405, 'method_not_allowed',
    'journal payout: deleting the whole collection is not allowed', 'journal');

# Many payouts of an account are made and deleted: empty nodes of the tree of sums count nothing.
my @many = map { payout($api, $account, date => sprintf('2024-01-%02d', 1 + $_ % 28)) } 1 .. 150;
$api->DELETE("$uri/$_->{id}") for @many;
my $last = payout($api, $account, date => '2024-01-14', total_amount => \'7');
is(payouts_of($api, 'include_cumulative=true')->[0]{cumulative_total_amount}, '7.00',
    'journal payout: the sum is right after 150 came and went');
is($purser->value('select count(*) from journal.payout where book_id = ?', $account->{user_id}), 1,
    'journal payout: one payout is left in the database');

is(tree_errors($purser), 0, 'journal payout: all sums are right after deleting');
done_testing;
