# sql/ is complete and in order: every file is loaded, is named after what it makes and says what it
# does; loading again, and by a database owner who is no superuser, works.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session value rows);
use Test::More;

my $sql = "$Bin/../../sql";
chdir $sql or die "$sql: $!";

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "$file: $!";
    local $/;
    return <$in>;
}

my $load = slurp('load.sql');
my %loaded;
$loaded{$_}++ for $load =~ /^\\ir (\S+)$/mg;
$loaded{"admin/$_"}++ for slurp('admin/load.sql') =~ /^\\ir (\S+)$/mg;
$loaded{"migrations/$_.sql"}++ for $load =~ /^\\set name (\S+)$/mg;
my @files = grep { !m{^admin/(load|help)\.sql$} } glob '{migrations,functions,views,admin}/*.sql';
is_deeply([grep { !$loaded{$_} } @files], [], 'every file is loaded');
is_deeply([grep { $loaded{$_} > 1 && !/migrate\.sql/ } keys %loaded], [],
    'every file is loaded once');
is_deeply([grep { !-e } keys %loaded], [], 'every loaded file exists');

my @migrations = $load =~ /^\\set name (\S+)$/mg;
is_deeply(\@migrations, [sort @migrations], 'migrations run in the order of their numbers');
is_deeply([grep { slurp("migrations/$_.sql") !~ /raise exception 'verify: / } @migrations], [],
    'every migration verifies itself');

my (@misnamed, @silent, @long, @block);
for my $file (glob('functions/*.sql'), grep { !m{/(load|help|\w*views)\.sql$} }
    glob 'admin/*.sql') {
    my $text = slurp($file);
    my ($name) = $file =~ m{/(.+)\.sql$};
    $name = "admin.$name" if $file =~ m{^admin/};
    my @made = $text =~ /^create or replace function (\S+?)\(/mg;
    push @misnamed, $file if "@made" ne $name;
    push @silent, $file if $text !~ /\A-- \S/;
    push @block, $file if $text =~ /^\s*(insert into|update|delete from) [a-z]+\.[a-z]/m
        && $text !~ /^-- Tables written: /m;
    push @block, $file if $text =~ /errcode = 'PU4/ && $text !~ /^-- Raises: PU4/m;
    push @long, $file if ($text =~ tr/\n//) > 160;
}
is_deeply(\@misnamed, [], 'a function file holds the one function that it is named after');
is_deeply(\@silent, [], 'a function file begins by saying what it does');
is_deeply(\@block, [], 'a function file names the tables that it writes and what it raises');
is_deeply(\@long, [], 'a function file is short');

my $main = session();
my $functions = q{select p.oid::regprocedure::text as name, prosrc from pg_proc p }
    . q{where pronamespace::regnamespace::text in }
    . q{('core', 'auth', 'payments', 'webhooks', 'ledger', 'jobs') order by 1};
my @database = rows($main, $functions);
is(system('psql', '-X', '-q', '-f', 'load.sql'), 0, 'loading again works on a live database');
is_deeply([rows($main, $functions)], \@database, 'loading again leaves the same functions');

# By an owner who is no superuser.
my $role = "t_owner_$$";
$main->do("create role $role login in role purser_owner, purser_background");
$main->do("create database $role owner $role");
is(do { local @ENV{qw(PGDATABASE PGUSER)} = ($role, $role);
system 'psql', '-X', '-q', '-f', 'load.sql' }, 0, 'the owner of a database loads it');
is(do { local @ENV{qw(PGDATABASE PGUSER)} = ($role, $role);
system 'psql', '-X', '-q', '-f', 'load.sql' }, 0, 'the owner of a database loads it a second time');
$main->do("drop database $role");
$main->do("drop role $role");
done_testing;
