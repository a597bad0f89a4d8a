# Protects: the cost of a new route.  A route, and the functions of a noun that calls Stripe, are
# named in the files that src/README says and in no other one.  `t/run -v style/route_cost.t` prints
# them.
use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use T::Source qw(sources);
use Test::More;

# The code without its comments, since these name routes as examples.
sub code {
    my ($file) = @_;
    my $text = slurp(top_dir() . "/$file");
    return $text =~ s{/\*.*?\*/}{}gsr if $file =~ /\.(?:[ch]|def|inc)$/;
    return $text =~ s/^\s*(?:--|#).*$//mgr;
}

# Migrations stay as they were, and the sandbox calls functions for its data.
my %code = map { $_ => code($_) } 'Makefile.am', 'conf/sources',
    grep { !m{^sql/migrations/|^conf/sandbox/} }
    sources(qr/\.(?:[ch]|def|inc|in|conf|sql)$/, qw(src sql nginx conf));

sub naming {
    my ($pattern) = @_;
    return grep { $code{$_} =~ $pattern } sort keys %code;
}

sub besides {
    my ($found, @known) = @_;
    my %known = map { $_ => 1 } @known;
    return join ' ', grep { !$known{$_} } @$found;
}

my (%route, %statement);
for my $program (map { m{/(purser-\w+)$} ? $1 : () } glob build_dir() . '/purser-*') {
    my $printed = sub { split /\n/, `@{[build_dir()]}/$program --$_[0] 2>/dev/null` };
    for ($printed->('routes')) { $route{$2} = $1 if /^([A-Z]+) .* ([\w.]+)$/ }
    for ($printed->('statements')) { $statement{$1} = $2 if /^([\w.]+): (.*)$/ }
}

# A route of a noun that is there: its row, its handler, its SQL and its test.
my %files_of;
for my $route (sort keys %route) {
    my ($module, $name) = split /\./, $route;
    my $noun = $name =~ s/_[^_]+$//r;
    my %sql = map { $_ => 1 } grep { $code{$_} } map { "sql/$module/$_.sql" }
        ($statement{$route} // '') =~ /\b(\Q$module\E\.\w+)/g;
    my @files = ("src/$module/module.def", "src/$module/$noun.c", sort keys %sql,
        %sql ? "sql/$module/load.sql" : ());
    # The SQL of another module may call its function; a row of that name there is another route.
    my @named = grep { !m{/module\.def$|^sql/} || m{^(?:src|sql)/$module/} }
        naming(qr/\b$module[_.]$name\b|^ROUTE\w*\($name,/m);
    is(besides(\@named, @files), '', "$route: no other file names it");
    $files_of{$route} = [@files, "t/api/$module/$name.t"];
}
my @gets = grep { $route{$_} eq 'GET' } sort keys %route;
cmp_ok(scalar @gets, '>', 10, 'the routes with GET are found');
for (@gets) {
    my @files = @{ $files_of{$_} };
    cmp_ok(scalar @files, '<=', 5, "$_: its row, handler, SQL, line of load.sql and test");
    note("$_: @files");
}

# A route that calls Stripe, with a job, an event and a table: [route, event, what begins].  Two
# files only list files: load.sql of its module, and sql/load.sql for the migration.  tables.sql has
# rows of the table and of the job; module.def names the noun alone.
my $list = qr{^(?:Makefile|nginx/|conf/|src/programs/|src/core/(?!stripe/))
    |/(?:load|tables|revoke|modules)\.sql$}x;
my %calls = (
    'payments.checkout' => ['checkout_create', 'payment_intent_event', 'checkout_begin'],
    'payouts.payout' => ['payout_submit', 'transfer_event', 'payout_submit'],
    'connect.account' => ['account_create', 'account_event', 'account_begin'],
);
my %type = (payments => 'sql/revoke.sql');    # payments.checkout_row is a type

# The statements that the C files name, and the migration that made the module's tables.
sub functions {
    my ($module, @files) = @_;
    my %found = map { $_ => 1 } map { $code{$_} =~ /\{ "(\Q$module\E\.\w+)",/g } @files;
    return map { "sql/$module/$_.sql" } sort keys %found;
}

sub migration {
    my ($module) = @_;
    return (grep { slurp(top_dir() . "/$_") =~ /^create table \Q$module\E\./m }
        sources(qr/\.sql$/, 'sql/migrations'))[0];
}

for (sort keys %calls) {
    my ($module, $noun) = split /\./;
    my ($route, $event, $begin) = @{ $calls{$_} };
    my @lists = grep { m{$list|/$module\.[ch]$} && $_ ne ($type{$module} // '') }
        naming(qr{\b$module[_.]${noun}_\w|\b$module\.$noun\b|\bsrc/$module/$noun(?:_\w+)?\.c\b});
    is("@lists", join(' ', map { "sql/$module/$_.sql" } qw(load tables)),
        "$module.$noun: no other file lists its files, functions and table");
    like($code{"src/$module/module.def"}, qr/^STRIPE(?:_JOB)?\($noun\)$/m,
        "$module.$noun: module.def has a row of its call of Stripe");

    my @c = map { "src/$module/$_.c" } $noun, "${noun}_stripe", "${noun}_job", $event;
    my @sql = ("sql/$module/$module.$begin.sql", functions($module, @c[1 .. 3]));
    cmp_ok(scalar @sql, '>=', 6, "$module.$noun: begin, settle, refuse, unknown, claim, event");
    my @only_lists = ("sql/$module/load.sql", 'sql/load.sql');
    my @files = (@c, "src/$module/module.def", @sql, "sql/$module/tables.sql", migration($module),
        "t/api/$module/$route.t", "t/sql/$module/$noun.pg", "t/fault/$module.t", 'README');
    is(join(' ', grep { !-e top_dir() . "/$_" } @files, @only_lists), '',
        "$module.$noun: its files are there");
    cmp_ok(@files + @only_lists, '<=', 21, "$module.$noun: a call of Stripe is 21 files at most");
    my @named = grep { m{^Makefile|(?:^|/)load\.sql$} } @lists, 'sql/load.sql';
    is("@named", "@only_lists", "$module.$noun: of them two only list files");
    note("$module.$noun: @files; lists: @only_lists");
}
done_testing;
