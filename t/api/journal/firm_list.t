# Protects: the list of firms has the firms of the user's accounts, with the sums that each paid.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/firms';
is($api->GET($uri)->{body},
    '{"data":[],"pagination":{"total":0,"limit":20,"offset":0,"has_more":false}}',
    'journal firms: a new user has none');

my ($topstep, $apex, $second) = map { account($api, firm_name => $_) } 'Topstep', 'apex', 'APEX';
payout($api, $apex, total_amount => \'10.01');
payout($api, $second, total_amount => \'5', status => 'failed');
my $answer = $api->GET($uri);
is_status($answer, 200, 'journal firms: listed');
is_deeply(literal($answer), { data => [
    { id => $apex->{firm_id}, name => 'apex', accounts => 2, payouts => 2,
        total_gross_payouts => '15.01', total_net_payouts => '12.01' },
    { id => $topstep->{firm_id}, name => 'Topstep', accounts => 1, payouts => 0,
        total_gross_payouts => '0.00', total_net_payouts => '0.00' },
], pagination => { total => 2, limit => 20, offset => 0, has_more => JSON::PP::false } },
'journal firms: ordered by name, with totals');
is_deeply([map { $_->{name} } @{ literal($api->GET("$uri?limit=1&offset=1"))->{data} }],
    ['Topstep'], 'journal firms: limit and offset give the second page');
is_problem($api->GET("$uri?limit=0"), 400, 'validation_error', 'journal firms: limit=0 is refused',
    'journal');
is(literal($other->GET($uri))->{pagination}{total}, 0,
    'journal firms: those of other users are not listed');
is_problem($api->with(token => undef)->GET($uri), 401, 'unauthorized',
    'journal firms: a request without a key is refused', 'journal');

done_testing;
