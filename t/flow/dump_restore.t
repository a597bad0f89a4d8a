# Protects: by the commands of README a dump is restored into a cluster that has no roles of ours,
# and the programs go on from there.
use strict;
use warnings;

use T::Api qw(json_of);
use T::Postgres;
use T::Proc qw(top_dir temp_dir slurp run_quiet);
use T::Purser;
use Test::More;

my $purser = T::Purser->start;
my ($checkout) = $purser->buy;
my $installation = $purser->value('select core.installation_id()');
$purser->value(q{select admin.set_payout_policy('acme', true, 100, 'test', false)});
$_->stop for map { $purser->program($_) } $purser->programs;
$purser->dbh->disconnect;

# The commands of README, for this tree and a cluster.
my ($text) = slurp(top_dir() . '/README') =~ /^Backup\.(.*?)^load\.sql of a younger/ms;
my @commands = ($text // '') =~ /^    runuser -u postgres -- (.*)$/mg;
is(scalar @commands, 5, 'README says how to dump and restore');
my $dump = temp_dir('dump') . '/purser.dump';

sub run {
    my ($command, $postgres, $database) = @_;
    local @ENV{qw(PGHOST PGUSER)} = ($postgres->{socket}, 'postgres');
    $command =~ s/purser\.dump/$dump/;
    $command =~ s{/usr/share/purser}{top_dir()}e;
    $command =~ s/ purser$/ $database/ if $database;
    my ($program, $file) = $command =~ /^(\w+).*?(\w+\.sql|)$/;
    ok(eval { run_quiet({}, 'sh', '-c', $command); 1 }, "$program $file: succeeds") || diag($@);
    return;
}

run(shift @commands, $purser->postgres, $purser->{database});
my $other = T::Postgres->new;
is($other->dbh('postgres')->selectrow_array(
    q{select count(*) from pg_roles where rolname like 'purser%'}), 0,
    'the other cluster has no role of ours');
run($_, $other) for @commands;

$purser->{postgres} = $other;
$purser->{database} = 'purser';
$purser->_logins;
$purser->reconnect;
is($purser->value('select core.installation_id()'), $installation,
    'the restored copy keeps its id');
$purser->start_program($_) for $purser->programs;
my $known = $purser->api->GET("/v2/payments/$checkout->{payment_id}");
is(json_of($known)->{status}, 'succeeded', 'the restored copy knows what was sold');
my (undef, $account) = $purser->buy;
is($account->{status}, 'active', 'the programs sell and provision on the restored copy');
is_deeply($purser->rows("select * from admin.$_"), [],
    "admin.$_ finds nothing in the restored copy") for qw(ledger_check audit_check journal_check);
done_testing;
