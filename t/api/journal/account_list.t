# Protects: journal accounts are listed newest first, with totals, in pages, to their owner only.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/accounts';
is($api->GET($uri)->{body},
    '{"data":[],"pagination":{"total":0,"limit":20,"offset":0,"has_more":false}}',
    'journal accounts: a new user has none');

my @accounts = map { account($api, account_size => \$_) } 1 .. 23;
payout($api, $accounts[5], total_amount => \'2.5');
my $answer = $api->GET($uri);
is_status($answer, 200, 'journal accounts: listed');
my $body = literal($answer);
is_deeply($body->{pagination}, { total => 23, limit => 20, offset => 0,
    has_more => JSON::PP::true }, 'journal accounts: the first page has 20 of 23');
is_deeply($body->{data}[0], $accounts[22],
    'journal accounts: the newest comes first, as it was made');
my $rest = literal($api->GET("$uri?limit=5&offset=20"));
is_deeply([map { $_->{id} } @{ $body->{data} }, @{ $rest->{data} }],
    [map { $_->{id} } reverse @accounts], 'journal accounts: the pages have all, newest first');
is_deeply($rest->{pagination}, { total => 23, limit => 5, offset => 20,
    has_more => JSON::PP::false }, 'journal accounts: the last page says that no more follow');
my ($paid) = grep { $_->{id} eq $accounts[5]{id} } @{ $body->{data} };
is("$paid->{total_gross_payouts} $paid->{total_net_payouts} $paid->{balance}",
    '2.50 2.00 3.50', 'journal accounts: a row has the totals of its payouts');
is(literal($api->GET("$uri?offset=23"))->{pagination}{total}, 23,
    'journal accounts: a page past the end counts them all');
is_problem($api->GET("$uri?$_"), 400, 'validation_error',
    "journal accounts: $_ is refused", 'journal')
    for qw(limit=0 limit=101 offset=-1 limit=x);
is(literal($other->GET($uri))->{pagination}{total}, 0,
    'journal accounts: those of other users are not listed');
is_problem($api->with(token => undef)->GET($uri), 401, 'unauthorized',
    'journal accounts: a request without a key is refused', 'journal');

done_testing;
