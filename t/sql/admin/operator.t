# Protects: operator.sql makes a login of purser_admin, and an operator's transaction that is left
# open ends by itself, with the locks that it holds.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session value);
use T::Proc qw(top_dir);
use Test::More;
use Time::HiRes qw(sleep);

my $main = session();
my $name = "t_operator \"$$";    # a name that needs quotes

sub make {
    return system('psql', '-X', '-q', '-v', "operator=$name", '-f',
        top_dir() . '/sql/operator.sql');
}

is(make(), 0, 'operator.sql makes a login');
is(make(), 0, 'operator.sql can be run again for a login that is there');
is(value($main, q{select pg_has_role(?, 'purser_admin', 'member')}, $name), 1,
    'the operator is a member of purser_admin');
my ($settings) = $main->selectrow_array(q{select array_to_string(rolconfig, ' ') from pg_roles
    where rolname = ?}, undef, $name);
is($settings, 'idle_in_transaction_session_timeout=20s lock_timeout=5s statement_timeout=5min',
    'the operator has limits');

# The same end after 0.2 s instead of 20.
my $quoted = $main->quote_identifier($name);
$main->do("alter role $quoted set idle_in_transaction_session_timeout = '200ms'");
my $operator = do { local $ENV{PGUSER} = $name; session() };
$operator->begin_work;
my $row = value($operator, q{select admin.set_payout_policy('acme', true, 100, 'test', false)});
ok(defined $row, 'the operator changes a row and leaves the transaction open');
my $tenant = 'select id from core.tenant where slug = \'acme\' for no key update';
ok(!eval { $main->do("$tenant nowait"); 1 }, 'the row is locked meanwhile');
my $free;
for (1 .. 50) {
    last if $free = eval { $main->do("$tenant nowait"); 1 };
    sleep 0.1;
}
ok($free, 'the row is free when the idle transaction has ended');
ok(!eval { $operator->do('select 1'); 1 }, 'the session of the operator has ended');
$operator->{AutoInactiveDestroy} = $operator->{InactiveDestroy} = 1;
$main->do("drop role $quoted");
done_testing;
