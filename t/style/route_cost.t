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
my %code = map { $_ => code($_) } 'Makefile.am', grep { !m{^sql/migrations/|^conf/sandbox/} }
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

# A noun that calls Stripe, with a job and a table: its files, and the lists that name them, its
# functions or its table.  module.def, the fifth list, names the noun alone.
my $list = qr{^(?:Makefile|nginx/|conf/|src/programs/|src/core/(?!stripe/))
    |/(?:load|tables|revoke|unload)\.sql$}x;
my %noun = (payments => 'checkout', payouts => 'payout', connect => 'account');
my %type = (payments => 'sql/revoke.sql');    # payments.checkout_row is a type
for my $module (sort keys %noun) {
    my $noun = $noun{$module};
    my $own = qr{^(?:src/$module/$noun(?:_\w+)?\.c|sql/$module/$module\.${noun}_\w+\.sql)$};
    my @own = grep { $_ =~ $own } sort keys %code;
    my @lists = grep { m{$list|/$module\.[ch]$} && $_ ne ($type{$module} // '') }
        naming(qr{\b$module[_.]${noun}_\w|\b$module\.$noun\b|\bsrc/$module/$noun(?:_\w+)?\.c\b});
    is("@lists", join(' ', 'Makefile.am', map { "sql/$module/$_.sql" } qw(load tables)),
        "$module.$noun: no other file lists its files, functions and table");
    like($code{"src/$module/module.def"}, qr/^STRIPE\($noun\)$/m,
        "$module.$noun: module.def has a row of its call of Stripe");
    note("$module.$noun: @own; lists: src/$module/module.def @lists");
}
done_testing;
