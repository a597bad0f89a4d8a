# Protects: a journal account can be deleted only when it has no payouts, and nothing else is
# deleted.
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
is_status($answer, 200, 'journal account: an empty one is deleted');
is($answer->{body}, qq({"data":{"id":"$empty->{id}","deleted":true}}),
    'journal account: the answer to a delete names the account');
my @gone = map { $api->DELETE("$uri/$_") } $empty->{id}, random_uuid(), account($other)->{id}, 'x';
is_problem($gone[0], 404, 'not_found', 'journal account: deleting it a second time finds nothing',
    'journal');
ok(same_404(@gone), "journal account: a deleted, a random and another user's id are the same 404");

is_problem($api->DELETE("$uri/$full->{id}"), 409, 'conflict',
    'journal account: one that has payouts is not deleted', 'journal');
is_status($api->DELETE("/api/v1/payouts/$payout->{id}"), 200,
    'journal account: its payout is deleted');
is_status($api->DELETE("$uri/$full->{id}"), 200,
    'journal account: it is deleted when its payouts are gone');
is($purser->value('select count(*) from journal.node where history_id in (?, ?)', $empty->{id},
    $full->{id}), 0, 'journal account: its sums are deleted with it');
is($api->GET('/api/v1/firms')->{body} =~ /"total":0/ ? 1 : 0, 1,
    'journal account: a firm without accounts is not listed');
is(account($api)->{firm_id}, $full->{firm_id},
    'journal account: a firm without accounts is known again later');

done_testing;
