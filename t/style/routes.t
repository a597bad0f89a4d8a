# Every route of every program is reached through nginx, has a test, and no two rows match one path.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use T::Source qw(sources);
use Test::More;

# purser.conf.in has what is no route of a module; locations.conf is printed from the routes.
my $conf = slurp(top_dir() . '/nginx/purser.conf.in');
unlike($conf, qr{^\tlocation (?!= /health |= / |/ )}m,
    'purser.conf.in has a location for / and /health only');
my %program_of = slurp(build_dir() . '/nginx/locations.conf')
    =~ /^location (\S+) \{.*?\tset \$purser_program (\w+);.*?^\}/msg;
my %listeners = map { $_ => 1 } $conf =~ /^upstream (\w+) \{/mg;

# As nginx does: the longest prefix.
sub program_of {
    my ($path) = @_;
    my ($found) = sort { length $b <=> length $a } grep { index($path, $_) == 0 } keys %program_of;
    return $found ? $program_of{$found} : 'nowhere';
}

# Of every program: name of a statement => its SQL.
my %statements = map { /^([\w.]+): (.*)$/ ? ($1 => $2) : () }
    map { split /\n/, `$_ --statements` } grep { -x } glob build_dir() . '/purser-*';

# The SQL of a route payments.checkout_create: the statement of that name, else
# payments.checkout_begin, which commits the intent of an upstream call; else the view
# payments.checkout_v, which a GET reads.  A function or view has a file of its name.
sub has_sql {
    my ($module, $name, $noun) = @_;
    for (grep { $statements{$_} } "$module.$name", "$module.${noun}_begin") {
        my $function = $statements{$_} =~ /\b\Q$_\E\(/ ? $_ : next;
        return -e top_dir() . "/sql/$module/$function.sql";
    }
    my ($view) = ($statements{"$module.$name"} // '') =~ /\bfrom (\w+\.\w+)/;
    return exists $statements{"$module.$name"} if !$view;    # it names nothing
    return $view eq "$module.${noun}_v" && -e top_dir() . "/sql/$module/$view.sql";
}

# A route "payments.checkout_create" is row checkout_create of src/payments/module.def, the function
# payments_checkout_create() in src/payments/checkout.c, has its SQL in sql/payments, and is tested
# by t/api/payments/checkout_create.t.
sub missing {
    my ($route) = @_;
    my ($module, $name) = $route =~ /^(\w+)\.(\w+)$/
        or return 'a name of the form module.noun_verb';
    my $noun = $name =~ s/_[^_]+$//r;
    my ($rows, $code) = map { -e "$_" ? slurp($_) : '' }
        map { top_dir() . "/src/$module/$_" } 'module.def', "$noun.c";
    my @missing;
    push @missing, "a row in src/$module/module.def" if $rows !~ /^ROUTE\w*\($name,/m;
    push @missing, "${module}_$name() in src/$module/$noun.c" if $code !~ /^${module}_$name\(/m;
    push @missing, "its SQL in sql/$module" if !has_sql($module, $name, $noun);
    push @missing, "t/api/$module/$name.t" if !-e top_dir() . "/t/api/$module/$name.t";
    return @missing;
}

my %seen;
for my $file (glob build_dir() . '/purser-*') {
    my ($program) = $file =~ /purser-(\w+)$/ or next;
    next if $program eq 'jobs';
    my @rows = grep { !/^#/ } split /\n/, `$file --routes`;
    ok(@rows > 0, "$program has routes");
    for (@rows) {
        my ($method, $path, $api, $credential, $scope, $listener, $handler) = split;
        is(program_of($path), $program, "$method $path goes to $program")
            if $path ne '/health';
        is_deeply([missing($handler)], [], "$method $path: its files are found by its name");
        (my $shape = "$method $path") =~ s/\{\w+\}/{}/g;
        is($seen{$shape}, undef, "$shape is one row") if $path ne '/health';
        $seen{$shape} = $handler;
        ok($listeners{ $listener eq 'main' ? $program : "${program}_$listener" },
            "$method $path: purser.conf.in has its listener as an upstream");
        ok($scope ne '-' || $credential =~ /^(?:none|journal)$/,
            "$method $path: a credential has a scope, a journal key is for one thing only");
    }
}

my $unknown = `@{[build_dir()]}/purser-payments --nginx=none 2>&1`;
is($? >> 8, 2, '--nginx with the name of no file is refused');
like($unknown, qr/"none"/, '--nginx: the refusal names the file');

# README's overview shows some routes, each with its name, and none that is not there.
my %overview = slurp(top_dir() . '/README') =~ m{^\t([A-Z]+ +/\S*) +(\w+\.\w+)}mg;
cmp_ok(scalar keys %overview, '>', 9, 'README has an overview of the routes');
my @strange = grep { my $shape = s/ +/ /r =~ s/\{\w+\}/{}/gr;
    ($seen{$shape} // '') ne $overview{$_} } sort keys %overview;
is(join("\n", @strange), '', "README's overview of the routes has rows only, with their names");

# A job "payments.checkout" is payments_checkout_job() in src/payments/checkout_job.c, and a Stripe
# event is applied by payments_refund_event() in src/payments/refund_event.c.  A list of statements
# without a row of its file is never prepared.
my (@lost, @unlisted, %rows, @types);
for my $module (map { m{^src/(\w+)/module\.def$} ? $1 : () } sources(qr/\.def$/, 'src')) {
    my $def = slurp(top_dir() . "/src/$module/module.def") =~ s{/\*.*?\*/}{}gsr;
    my @jobs = $def =~ /^JOB\((\w+),/mg;
    my @events = $def =~ /^EVENT(?:_ALSO)?\((\w+),/mg;
    my @functions = map { ["${module}_${_}_job", "${_}_job.c"] } @jobs;
    push @functions, map { ["${module}_$_", s/_event\K_\w+$//r . '.c'] } @events;
    while ($def =~ /^EVENT\w*\(\w+, "([^"]+)", ([^)]*)\)/mg) {
        my ($type, $flags) = ($1, $2);
        push @types, [$type, $flags =~ /EVENT_CONNECT/ ? 'connected accounts' : 'your account'];
    }
    my %listed = map { ("${module}_${_}_stmts" => 1) } $def =~ /^(?:NOUN|EVENT)\((\w+)/mg,
        map({ "${_}_stripe" } $def =~ /^STRIPE(?:_JOB)?\((\w+)/mg), map { "${_}_job" } @jobs;
    my $code = join '', map { slurp(top_dir() . "/$_") } sources(qr/\.c$/, "src/$module");
    push @unlisted, grep { $rows{lists}++; !$listed{$_} }
        $code =~ /^const struct db_stmt \*const (\w+)\[\]/mg;
    for (@functions) {
        my ($function, $file) = @$_;
        $rows{$function =~ /_job$/ ? 'jobs' : 'events'}++;
        my $path = top_dir() . "/src/$module/$file";
        push @lost, "$function() in src/$module/$file"
            if !-e $path || slurp($path) !~ /^\Q$function\E\(/m;
    }
}
is(join("\n", @lost), '', 'jobs and Stripe events: the files are found by the names');
ok($rows{jobs} >= 8 && $rows{events} >= 9,
    "jobs and Stripe events are read: $rows{jobs} jobs, $rows{events} events");
my @printed = map { [split / {2,}/] } split /\n/, `@{[build_dir()]}/purser-jobs --events`;
is_deeply([sort { $a->[0] cmp $b->[0] } @printed], [sort { $a->[0] cmp $b->[0] } @types],
    'purser-jobs --events prints the Stripe events of all modules, and whose they are');
my @in_readme = map { [split / {2,}/] } slurp(top_dir() . '/README') =~
    /^\t([a-z_]+\.[a-z_.*]+ {2,}(?:your account|connected accounts))$/mg;
is_deeply(\@in_readme, \@printed,
    'README lists the types of events that purser-jobs --events prints');
is(join("\n", @unlisted), '', 'each list of statements has a row in its module.def');
cmp_ok($rows{lists} // 0, '>', 20, 'lists of statements are found');

done_testing;
