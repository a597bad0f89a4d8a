# Protects: the role of each program may call and read exactly what the program prepares.  Programs
# and database are two lists, written by different hands.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session rows);
use T::Proc qw(build_dir);
use Test::More;

# A view calls a function with the rights of its reader.
my %calls = ('payouts.payout_v' => 'payouts.hold_reason');

# Functions and views by their qualified names.
sub prepared {
    my ($program) = @_;
    my $text = `@{[build_dir()]}/$program --statements`;
    is($?, 0, "$program: its statements are printed");
    my @named = $text =~ /\b([a-z_]+\.[a-z_]+)(?=\s*\(| |$)/mg;
    return { map { $_ => 1 } @named, map { $calls{$_} // () } @named };
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

for my $program (map { "purser-$_" } qw(connect payments payouts webhooks jobs)) {
    my $role = $program =~ tr/-/_/r;
    my $named = prepared($program);
    my @needs = grep { $object{$_} } sort keys %$named;
    cmp_ok(scalar @needs, '>', 2, "$role: what $program names is found");
    my %may = map { $_ => 1 } may($role);
    is(join(' ', grep { !$may{$_} } @needs), '', "$role may call and read what $program names");
    is(join(' ', sort grep { !$named->{$_} } keys %may), '',
        "$role may call and read nothing else");
}

# What a program alone may do is listed here by hand.
my %only = (
    'stripe_events.event_receive' => 'purser_jobs purser_webhooks',
    'payments.payment_intent_event' => 'purser_jobs',
    'payments.lifecycle_sync' => 'purser_payments',
    'payments.refund_settle' => 'purser_jobs',
    'auth.assume' => '',
    'core.leases_return' => 'purser_jobs',
    'core.outcome_key_store' => 'purser_jobs',
);
my %holders;
for my $role (map { "purser_$_" } qw(connect jobs payments payouts webhooks)) {
    push @{ $holders{$_} }, $role for may($role);
}
is("@{ $holders{$_} || [] }", $only{$_}, "$_ may be called by no other program's role")
    for sort keys %only;

done_testing;
