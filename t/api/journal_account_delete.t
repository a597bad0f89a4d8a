# Protects: an account goes only when it has no payouts, and takes nothing along.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/accounts';
my ($empty, $full) = map { account($api) } 1, 2;
my $payout = payout($api, $full);

my $answer = $api->DELETE("$uri/$empty->{id}");
is_status($answer, 200);
is($answer->{body}, qq({"data":{"id":"$empty->{id}","deleted":true}}), 'what it says');
my @gone = map { $api->DELETE("$uri/$_") } $empty->{id}, random_uuid(), account($other)->{id}, 'x';
is_problem($gone[0], 404, 'not_found', 'a second time', 'journal');
ok(same_404(@gone), "as a random one and another user's");

is_problem($api->DELETE("$uri/$full->{id}"), 409, 'conflict', 'one that has payouts', 'journal');
is_status($api->DELETE("/api/v1/payouts/$payout->{id}"), 200, 'without them');
is_status($api->DELETE("$uri/$full->{id}"), 200, 'it goes');
is($purser->value('select count(*) from journal.node where history_id in (?, ?)', $empty->{id},
    $full->{id}), 0, 'with its sums');
is($api->GET('/api/v1/firms')->{body} =~ /"total":0/ ? 1 : 0, 1,
    'a firm without accounts is not shown');
is(account($api)->{firm_id}, $full->{firm_id}, 'and known again later');

done_testing;
