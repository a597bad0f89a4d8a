# Protects: plpgsql_check finds nothing in the functions in PL/pgSQL: no statement that cannot run,
# no wrong or hidden cast, no variable without use, no text that is executed without quoting.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session value rows);
use Test::More;

my $main = session();
plan skip_all => 'the extension plpgsql_check is not installed'
    if !value($main, q{select count(*) from pg_available_extensions where name = 'plpgsql_check'});
$main->do('create extension plpgsql_check');

# Findings that are none: function, what is found, why it is right as it is.
my $executed = 'core.job_kind and core.leased_table: no role but purser_owner may write there';
my $writes = 'what it executes writes';
my @none = (
    ['admin.jobs_due', qr/variable is not sanitized/, $executed],
    ['admin.jobs_due', qr/OUT variable "\w+" is maybe unmodified/, 'what it executes returns them'],
    ['core.job_claim', qr/variable is not sanitized/, $executed],
    ['core.job_claim', qr/should be STABLE/, $writes],
    ['core.leases_return', qr/variable is not sanitized/, $executed],
    ['core.leases_return', qr/should be STABLE/, $writes],
    ['ledger.entries_check', qr/relation "entries" does not exist/,
        'the transition table, which is there when the trigger runs'],
    ['[\w.]+', qr/cast "integer" value to "(?:bigint|numeric)".*initialization/,
        'the literal 0 is cast once a call'],
);

# A trigger function once for each table that has it.
my @functions = rows($main, <<'END');
select p.pronamespace::regnamespace || '.' || p.proname as name, p.oid,
    coalesce(t.tgrelid, 0) as relid,
    concat_ws(' of ', p.oid::regprocedure::text, nullif(t.tgrelid, 0)::regclass) as called
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace and n.nspowner = 'purser_owner'::regrole
join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join (select distinct tgfoid, tgrelid from pg_trigger) as t on t.tgfoid = p.oid
order by called
END
cmp_ok(scalar @functions, '>', 80, 'plpgsql_check: the functions are found');

# Which exception covers the finding.
sub exception_of {
    my ($function, $text) = @_;
    return (grep { $function->{name} =~ /^$none[$_][0]$/ && $text =~ $none[$_][1] } 0 .. $#none)[0];
}

my (@found, %used);
for my $function (@functions) {
    for (rows($main, <<'END', @$function{qw(oid relid)})) {
select concat_ws(' ', level, sqlstate, 'line ' || lineno, message, detail, context) as text
from plpgsql_check_function_tb(?::oid, ?::oid, fatal_errors => false, extra_warnings => true,
    performance_warnings => true, security_warnings => true)
END
        my $exception = exception_of($function, $_->{text});
        $used{$exception} = 1 if defined $exception;
        push @found, "$function->{called}: $_->{text}" if !defined $exception;
    }
}
is(join("\n", @found), '', 'plpgsql_check: no function has a finding');
is(join("\n", map { "$none[$_][0]: $none[$_][2]" } grep { !$used{$_} } 0 .. $#none), '',
    'plpgsql_check: every exception of this test is needed');
done_testing;
