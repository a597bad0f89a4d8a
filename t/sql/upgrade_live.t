# Protects: a load on a live database with rows of a former version: migration 0052 gives every
# firm a key, whatever its name is, and no load makes requests wait behind an operator's idle
# transaction.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session database_before value);
use DBI;
use T::Proc qw(temp_dir slurp);
use Test::More;

my $sql = "$Bin/../../sql";
my $log = temp_dir('upgrade') . '/log';
session();
my $name = database_before('0052_journal_imports');

sub connected {
    my $dbh = DBI->connect("dbi:Pg:dbname=$name", $ENV{PGUSER}, '', { RaiseError => 1 });
    $dbh->do(q{set lock_timeout = '2min'});
    return $dbh;
}

# (ended well, what it said); one that waits for a lock for a minute is ended
sub load {
    my $status = system "timeout 60 psql -X -q -d $name -f $sql/load.sql >$log 2>&1";
    return ($status == 0, slurp($log));
}

# Firms whose names were made after the key that the migration would give to another one.
my $dbh = connected();
$dbh->do(q{set client_min_messages = warning});
$dbh->do(q{set session_replication_role = replica});
$dbh->do(<<'SQL');
insert into core.tenant (id, slug, name, created_at) values ('ten_a', 'acme', 'A', now());
insert into auth."user" (id, tenant_id, email) values ('usr_a', 'ten_a', 'a@acme.test');
insert into journal.book (tenant_id, id, user_id)
values ('ten_a', '00000000-0000-0000-0000-000000000001', 'usr_a');
insert into journal.firm (tenant_id, book_id, id, name, created_at)
select 'ten_a', '00000000-0000-0000-0000-000000000001',
    format('00000000-0000-0000-0000-0000000000%s', f.id)::uuid, f.name,
    timestamptz '2026-01-01' + f.place * interval '1 day'
from (values (1, 'a1', 'Apex'), (2, 'a2', ' Apex'),
    (3, 'a3', E'apex\x1f00000000-0000-0000-0000-0000000000a2'), (4, 'a4', ' Bolt'),
    (5, 'a5', E'\x1f00000000-0000-0000-0000-0000000000a4'), (6, 'a6', E'Core\x1f'),
    (7, 'a7', E' Core\x1f')) as f (place, id, name)
SQL

my $reader = connected();
$reader->begin_work;
$reader->do('select from payments.payment');
my ($good, $said) = load();
ok(!$good, 'a reader of payments is idle: the load gives up');
like($said, qr/0054_growth_indexes\.sql:\d+: ERROR:  canceling statement due to lock timeout/,
    'a reader of payments is idle: no request waits long behind the load');

is(join("\n", map { "@$_" } @{ $dbh->selectall_arrayref(q{
    select right(f.id::text, 2), replace(replace(f.name_folded, chr(31), '|'),
        '00000000-0000-0000-0000-0000000000', '')
    from journal.firm f order by f.id}) }), <<'END' =~ s/\n\z//r, 'each firm has a key of its own');
a1 apex
a2 apex|a2
a3 |a3
a4 bolt
a5 |a5
a6 |a6
a7 |a7
END

$reader->rollback;
($good, $said) = load();
ok($good, 'the reader has ended: the load ends well') or diag $said;
my @all = slurp("$sql/load.sql") =~ /^\\set name (\w+)/mg;
is(value($dbh, 'select count(*) from core.migration where name = any (?)', \@all), @all,
    'the reader has ended: every migration is applied');
$dbh->disconnect;
done_testing;
