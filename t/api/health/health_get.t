# Protects: GET /health answers 200 only when the program reaches its database, without a
# credential.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem is_json);
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-payments']);
my $api = $purser->api;

my $answer = $api->with(token => undef, session => undef)->GET('/health');
is_status($answer, 200, 'GET /health: answered by 200');
is($answer->{body}, '{"status":"ok"}', 'GET /health: the body is {"status":"ok"} alone');
ok($answer->{headers}{'request-id'}, 'GET /health: the answer has a request id');
is_status($api->GET('/health'), 200, 'GET /health: credentials do not matter');
is_status($api->with(token => 'rubbish')->GET('/health'), 200,
    'GET /health: wrong credentials do not matter');

my $post = $api->POST('/health', {});
is_problem($post, 405, 'V2_METHOD_NOT_ALLOWED', 'POST /health: not allowed');
is($post->{headers}{allow}, 'GET', 'POST /health: Allow names GET');

# The database refuses connections of the programs; then it accepts them again.
my $database = $purser->{database};
$purser->postgres->command("alter database $database allow_connections false");
$purser->postgres->command(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = '$database' "
    . "and usename = 't_payments'");
my $down = $purser->wait_for('the outage shows', sub {
    my $now = $api->GET('/health');
    return $now->{status} == 503 ? $now : undef;
});
is_problem($down, 503, 'V2_UNAVAILABLE', 'GET /health: 503 without the database');
is($down->{headers}{'retry-after'}, 1, 'GET /health: 503 has Retry-After');
$purser->postgres->command("alter database $database allow_connections true");
$purser->wait_for('it is back', sub { $api->GET('/health')->{status} == 200 }, 5);
pass('GET /health: good again by itself when the database is back');

$purser->payments->stop;
is_problem($api->GET('/health'), 502, 'V2_UNAVAILABLE',
    'GET /health: 502 by nginx without a program');

done_testing;
