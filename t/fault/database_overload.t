# Protects: overload.  With more callers than the database can serve in time, those that get a
# connection are served: a caller whose time is over while it waits neither cancels the statement of
# another caller nor closes its connection.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api;
use T::Backends qw(backends);
use T::Crowd;
use T::Purser;

my $connections = 2;
my $statement_s = 0.2;
my $answers = 300;

my $purser = T::Purser->start(programs => ['purser-payouts'],
    conf => { database_timeout_ms => 1000, database_connections => $connections });
my ($tenant) = $purser->tenants;
my $api = T::Api->new(token => $tenant->{journal_key});

# The first function of the journal's requests sleeps this long, without work for the processors.
my $function = $purser->value(
    q(select pg_get_functiondef('auth.authenticate_journal'::regproc)));
ok($function =~ s/\bbegin\b/begin perform pg_catalog.pg_sleep($statement_s);/,
    'overload: the statement is made slow');

my (%backends, $looked);
my $crowd = T::Crowd->new(socket => $purser->payouts->socket, callers => 40,
    calls => [{ name => 'accounts', request => $api->request_of(GET => '/api/v1/accounts') }],
    tick => sub {
        return if $looked && time < $looked + 0.3;
        $looked = time;
        $backends{$_} = 1 for backends($purser, 'purser-payouts');
    });
$crowd->alone;
$purser->dbh->do($function);

my $start = time;
my $seen = $crowd->run($answers);
my $possible = (time - $start) * $connections / $statement_s;
my $told = sprintf '%d of %d that %d connections can serve in %.1f s', $seen->{right}, $possible,
    $connections, time - $start;
is_deeply($seen->{wrong}, {}, 'overload: every answer is the right one, or 503 with Retry-After');
is($seen->{right} + $seen->{later}, $answers, 'overload: every request is answered');
cmp_ok($seen->{later}, '>', 0, 'overload: more callers come than can be served');
cmp_ok($seen->{right}, '>', $possible / 2, "overload: most of the capacity is used: $told");
cmp_ok(scalar keys %backends, '<=', 4 * $connections,
    'overload: the connections stay: ' . keys(%backends) . ' backends were seen');

done_testing;
