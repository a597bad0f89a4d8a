# Protects: a load replaces only what changes.  It takes no lock on a view that stays as it is,
# follows a change of columns and results in one load, drops what no file makes, and gives up when a
# transaction holds a view that is to change.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session value rows);
use T::Proc qw(top_dir temp_dir slurp spew run_quiet wait_until);
use Test::More;

my $main = session();
my $sql = temp_dir() . '/sql';
run_quiet({}, 'cp', '-R', top_dir() . '/sql', $sql);

# psql's exit status and what it said.
sub load {
    my @options = @_;
    my $log = temp_dir() . '/load';
    unlink $log;
    my $process = T::Proc->start(log => $log, command => ['psql', '-X', '-q', @options,
        '-f', "$sql/load.sql"]);
    return ($process->wait, slurp($log));
}

# Changes a file of the copy; every word is there.
sub change {
    my ($file, %words) = @_;
    my $text = slurp("$sql/$file");
    for my $from (sort keys %words) {
        $text =~ s/\Q$from\E/$words{$from}/ or die "$file has no $from\n";
    }
    spew("$sql/$file", $text);
    return;
}

sub objects {
    return rows($main, <<'END');
select 'function' as kind, p.oid::regprocedure::text as name, p.oid,
    pg_get_functiondef(p.oid) as definition,
    coalesce(p.proacl, acldefault('f', p.proowner))::text as rights
from pg_proc p
where p.pronamespace in (select oid from pg_namespace where nspowner = 'purser_owner'::regrole)
union all
select 'view', c.oid::regclass::text, c.oid, pg_get_viewdef(c.oid),
    coalesce(c.relacl, acldefault('r', c.relowner))::text
from pg_class c
where c.relkind = 'v' and c.relnamespace in (
    select oid from pg_namespace where nspowner = 'purser_owner'::regrole)
order by 1, 2
END
}

my @before = objects();
my $reader = session();
$reader->begin_work;
$reader->do("select from $_ limit 1") for map { $_->{name} } grep { $_->{kind} eq 'view' } @before;
is_deeply([load()], [0, ''], 'a load beside a transaction that has read every view says nothing');
is_deeply([objects()], \@before, 'the load leaves every object, its id, definition and rights');
$reader->rollback;

{
    local $ENV{PGCLIENTENCODING} = 'LATIN1';
    is((load())[0], 0, 'a load by a client with another encoding succeeds');
    is_deeply([objects()], \@before, 'a load by a client with another encoding changes no text');
}

for my $encoding (qw(SQL_ASCII LATIN1)) {
    my $name = lc "t_$encoding\_$$";
    $main->do("create database $name template template0 encoding '$encoding' locale 'C'");
    my ($status, $said) = load('-d', $name);
    isnt($status, 0, "a load into a database in $encoding fails");
    like($said, qr/is $encoding, and has to be UTF8; nothing was loaded.*createdb -T template0/s,
        "a load into a database in $encoding says what to do");
    is(run_quiet({}, 'psql', '-XAtq', '-d', $name, '-c', "select count(*) from pg_namespace
        where pg_get_userbyid(nspowner) like 'purser%'") =~ s/\n//r, '0',
        "a load into a database in $encoding makes nothing");
    $main->do("drop database $name");
}

subtest 'load: a view and its reader get a column' => sub {
    my $file = 'payouts/payouts.payout_row_v.sql';
    change($file, "as completed_at\n" => "as completed_at, 1 as one\n");
    is_deeply([load()], [0, ''], 'the load says nothing');
    is(value($main, 'select count(one) from payouts.payout_v'), 0,
        'a view that reads all columns has the new one');
    change($file, "as completed_at, 1 as one\n" => "as completed_at\n");
    is((load())[0], 0, 'the load of the former view succeeds');
    my @now = objects();
    is_deeply([map { "$_->{name} $_->{definition} $_->{rights}" } @now],
        [map { "$_->{name} $_->{definition} $_->{rights}" } @before],
        'everything is as it was before, also the functions that return rows of the view');
};

subtest 'load: a function changes its result' => sub {
    my $file = 'payouts/payouts.failure_reason.sql';
    my ($type) = slurp("$sql/$file") =~ /returns (\w+)/;
    change($file, "returns $type" => 'returns varchar');
    is((load())[0], 0, 'the load succeeds');
    is(value($main, q{select prorettype::regtype from pg_proc
        where oid = 'payouts.failure_reason'::regproc}), 'character varying', 'the result changes');
    change($file, 'returns varchar' => "returns $type");
    is((load())[0], 0, 'the load of the former function succeeds');
};

subtest 'load: no file makes an object any more' => sub {
    $main->do('set role purser_owner');
    $main->do('create function core.left_over() returns int language sql as $$ select 1 $$');
    $main->do('create view core.left_over_v as select core.left_over() as one');
    $main->do('reset role');
    is_deeply([load()], [0, ''], 'the load says nothing');
    is(value($main, q{select coalesce(to_regproc('core.left_over')::text,
        to_regclass('core.left_over_v')::text)}), undef, 'the objects are dropped');
};

subtest 'load: a view that changes is in use' => sub {
    change('admin/health_views.sql', "'ok' end as state" => "'fine' end as state");
    change('replace.sql', "interval '1 min'" => "interval '1 s'");
    $reader->begin_work;
    $reader->do('select from admin.health');
    my ($status, $said) = load();
    isnt($status, 0, 'the load gives up');
    like($said, qr/admin\.health changes, and is in use by pid \d+ of postgres, idle in trans/,
        'the load names the transaction');
    unlike(value($main, q{select pg_get_viewdef('admin.health'::regclass)}), qr/fine/,
        'nothing is loaded');
    $reader->rollback;
    is_deeply([load()], [0, ''], 'the load succeeds when the transaction has ended');
    like(value($main, q{select pg_get_viewdef('admin.health'::regclass)}), qr/fine/,
        'the view is loaded');
};

subtest 'load: a file has a mistake' => sub {
    change('payouts/payouts.failure_reason.sql', 'create or replace' => 'create or replase');
    my ($status, $said) = load();
    isnt($status, 0, 'the load fails');
    like($said, qr/failure_reason\.sql:\d+: ERROR:  syntax error/, 'the load names the file');
    ok(value($main, q{select to_regproc('payouts.failure_reason') is not null}),
        'the function stays');
};

done_testing;
