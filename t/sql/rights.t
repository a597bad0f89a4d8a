# Protects: each role may call and read exactly what the programs that use it prepare.  The programs
# and the database are two lists, written by different hands.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session rows);
use T::Proc qw(build_dir);
use Test::More;

# Every connection has it (src/core/db/conn.c).
my @always = ('core.rollback');

# Functions and views by their qualified names, of one program or several.
sub prepared {
    my %named = map { $_ => 1 } @always;
    for my $program (@_) {
        my $text = `@{[build_dir()]}/$program --statements`;
        is($?, 0, "$program: its statements are printed");
        $named{$_} = 1 for $text =~ /\b([a-z_]+\.[a-z_]+)(?=\s*\(| |$)/mg;
    }
    return \%named;
}

my $main = session();
my %object = map { $_->{name} => 1 } rows($main, <<'END');
select distinct p.pronamespace::regnamespace || '.' || p.proname as name
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspowner = 'purser_owner'::regrole and n.nspname <> 'admin'
union
select c.relnamespace::regnamespace || '.' || c.relname
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspowner = 'purser_owner'::regrole and n.nspname <> 'admin' and c.relkind in ('r', 'v')
END

sub may {
    my ($role) = @_;
    return map { $_->{name} } rows($main, <<"END");
select distinct p.pronamespace::regnamespace || '.' || p.proname as name
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspowner = 'purser_owner'::regrole and has_function_privilege('$role', p.oid, 'execute')
union
select c.relnamespace::regnamespace || '.' || c.relname
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspowner = 'purser_owner'::regrole and c.relkind in ('r', 'v')
    and (has_table_privilege('$role', c.oid, 'select')
        or has_any_column_privilege('$role', c.oid, 'select'))
END
}

my @serving = map { "purser-$_" } qw(connect payments payouts webhooks);
for (['purser_worker', @serving], ['purser_jobs', @serving, 'purser-jobs']) {
    my ($role, @programs) = @$_;
    my $named = prepared(@programs);
    my @needs = grep { $object{$_} } sort keys %$named;
    cmp_ok(scalar @needs, '>', 40, "$role: what its programs name is found");
    my %may = map { $_ => 1 } may($role);
    is(join(' ', grep { !$may{$_} } @needs), '', "$role may call and read what its programs name");
    is(join(' ', sort grep { !$named->{$_} } keys %may), '',
        "$role may call and read nothing else");
}

done_testing;
