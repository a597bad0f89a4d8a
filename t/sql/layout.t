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

# Every \\ir, from load.sql through the files of the modules.
my %loaded;
sub load {
    my ($file) = @_;
    my $directory = $file =~ m{^(.*/)} ? $1 : '';
    for (slurp($file) =~ /^\\ir (\S+)$/mg) {
        my $path = $directory . $_;
        $loaded{$path}++;
        load($path) if /(?:^|\/)(?:load|modules)\.sql$/;
    }
    return;
}
load('load.sql');
my $load = slurp('load.sql');
$loaded{"migrations/$_.sql"}++ for $load =~ /^\\set name (\S+)$/mg;
my @modules = grep { -d && $_ ne 'migrations' } glob '*';
my @files = grep { $_ ne 'admin/help.sql' } map { glob "$_/*.sql" } 'migrations', @modules;
is_deeply([grep { !$loaded{$_} } @files], [], 'every file of sql/ is loaded');
is_deeply([grep { $loaded{$_} > 1 && !/migrate\.sql/ } keys %loaded], [],
    'every file of sql/ is loaded once');
is_deeply([grep { !-e } keys %loaded], [], 'every file that is loaded is there');

my @migrations = $load =~ /^\\set name (\S+)$/mg;
is_deeply(\@migrations, [sort @migrations], 'migrations run in the order of their numbers');
is_deeply([grep { slurp("migrations/$_.sql") !~ /raise exception 'verify: / } @migrations], [],
    'every migration verifies itself');

is_deeply([grep { /^create\b.*\bview\b/m } map { slurp($_) } map { glob "$_/*.sql" } @modules], [],
    'views are made by pg_temp.view, which locks none that does not change');

my (@misnamed, @silent, @long, @block);
for my $file (grep { !m{/(load|help|tables|chart|\w*views|reconciliation)\.sql$} }
    map { glob "$_/*.sql" } @modules) {
    my $text = slurp($file);
    next if $text =~ /^call pg_temp\.view\(/m;
    my ($module, $name) = $file =~ m{^(\w+)/(.+)\.sql$};
    $name = "admin.$name" if $module eq 'admin';
    push @misnamed, $file if index($name, "$module.") != 0;
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
is_deeply([grep { !m{^(?:migrations|retention)/} && slurp($_) =~ /^[^-]*\bfor update\b/m } @files],
    [], 'rows are locked `for no key update`, except those that are deleted');

my $main = session();
my %kind = map { $_->{kind} => 1 } rows($main, 'select kind from core.exception_kind');
my @kinds = map { slurp($_) =~ /exception_(?:open|resolve)\('(\w+)'/g }
    map { glob "$_/*.sql" } @modules;
is_deeply([grep { !$kind{$_} } @kinds], [],
    'every kind of exception that a function opens or resolves has a meaning');
my $functions = q{select p.oid::regprocedure::text as name, prosrc from pg_proc p }
    . q{where pronamespace in (select oid from pg_namespace }
    . q{where nspowner = 'purser_owner'::regrole) order by 1};
my @database = rows($main, $functions);
cmp_ok(scalar @database, '>', 100, 'the functions of the database are found');
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
