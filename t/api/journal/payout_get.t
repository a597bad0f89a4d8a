# Protects: a payout of the journal is shown to its owner only; every other id gets the same 404.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $account = account($api, account_number => 'ACC-12345');
my $payout = payout($api, $account, reference => 'PAYOUT-2024-001', profit_split => \'33.33');
my $uri = '/api/v1/payouts';

my $answer = $api->GET("$uri/$payout->{id}");
is_status($answer, 200, 'journal payout: shown');
is_deeply(literal($answer), { data => { %$payout, account_number => 'ACC-12345',
    firm_id => $account->{firm_id}, firm_name => 'Apex Trader Funding' } },
    'journal payout: shown as recorded, with account and firm');
like($answer->{body},
    qr/"total_amount":5000\.00,"profit_split":33\.33,
        "traders_share":1666\.50,"firms_share":3333\.50/x,
    'journal payout: numbers are printed as in the documentation');
is_deeply(literal($api->GET("$uri/" . uc $payout->{id})), literal($answer),
    'journal payout: an id in capitals is the same id');

my $theirs = payout($other, account($other));
my @wrong = map { $api->GET("$uri/$_") } random_uuid(), $theirs->{id}, 'x', "{$payout->{id}}",
    "$payout->{id}0",
    $payout->{id} =~ s/-//gr, '%25', 'export', '0';
is_problem($wrong[0], 404, 'not_found', 'journal payout: a random id is not found', 'journal');
ok(same_404(@wrong),
    "journal payout: another user's, and what cannot be an id, are the same 404, byte for byte");
is_status($other->GET("$uri/$theirs->{id}"), 200, 'journal payout: the owner sees it');
is_problem($api->with(token => undef)->GET("$uri/x"), 401, 'unauthorized',
    'journal payout: a request without a key is refused before the id is looked up', 'journal');
is_problem($api->call(PATCH => "$uri/$payout->{id}"), 405, 'method_not_allowed',
    'journal payout: PATCH is not allowed',
    'journal');
is($api->call(PATCH => "$uri/$payout->{id}")->{headers}{allow}, 'GET, PUT, DELETE',
    'journal payout: Allow names the methods that are');

done_testing;
