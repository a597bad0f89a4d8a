# Protects: the logins of the role that all serving programs once shared keep working after a load,
# with the rights of those programs and no more, until an operator replaces them.
use strict;
use warnings;

use Test::More;
use T::Postgres;
use T::Proc qw(top_dir);

# Roles belong to the cluster, so the test has one of its own.
my $postgres = T::Postgres->new;
$postgres->command($_) for 'create database purser', 'create role purser_worker nologin',
    'create role purser_jobs nologin in role purser_worker',
    'create role purser_web login in role purser_worker',
    'create role purser_daemon login in role purser_jobs';

sub load {
    return $postgres->psql_file('purser', top_dir() . '/sql/load.sql');
}

sub may {
    my ($role, $function) = @_;
    my $dbh = $postgres->dbh('purser');
    return ($dbh->selectrow_array('select has_function_privilege(?, ?, ?)', undef, $role,
        $function, 'execute'))[0];
}

like(load(), qr/purser_worker is out of use: .* purser_web/, 'the load names the old logins');
for my $function ('payments.free_create(text, text, bigint)',
    'connect.onboarding_link_begin(text, text[])', 'payouts.payout_cancel(text, boolean)')
{
    ok(may('purser_web', $function), "the old login purser_web may call $function");
    ok(!may('purser_daemon', $function), "the old login purser_daemon may not call $function");
}
ok(!may('purser_web', 'retention.prune(int)'),
    'the old login purser_web may not call what only purser-jobs calls');
ok(may('purser_daemon', 'retention.prune(int)'),
    'the old login purser_daemon may call what purser-jobs calls');

$postgres->command('drop role purser_web');
unlike(load(), qr/purser_worker/, 'a load without old logins warns of none');
my $dbh = $postgres->dbh('purser');
is(($dbh->selectrow_array(q{select to_regrole('purser_worker')}))[0], undef,
    'the load drops the role without logins');
done_testing;
