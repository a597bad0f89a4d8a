# Every route of every program is reached through nginx, has a test, and no two rows match one path.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use T::Source qw(sources);
use Test::More;

my @locations = slurp(top_dir() . '/nginx/purser.conf.in') =~ /^\tlocation (= )?(\S+) \{(.*?)^\t\}/msg;
my (@exact, @prefixes);
while (my ($exact, $path, $block) = splice @locations, 0, 3) {
    my ($to) = $block =~ /fastcgi_pass \$?(?:purser_)?(\w+);/ or next;
    push @{ $exact ? \@exact : \@prefixes }, [$path, $to];
}

# As nginx does: an exact location, else the longest prefix.
sub family_of {
    my ($path) = @_;
    my ($found) = grep { $_->[0] eq $path } @exact;
    ($found) = sort { length $b->[0] <=> length $a->[0] } grep { index($path, $_->[0]) == 0 } @prefixes
        if !$found;
    return $found ? $found->[1] : 'nowhere';
}

# A route "payments.checkout_create" is row checkout_create of src/payments/routes.def, the function
# payments_checkout_create() in src/payments/checkout.c, and is tested by
# t/api/payments/checkout_create.t.
sub missing {
    my ($route) = @_;
    my ($module, $name) = $route =~ /^(\w+)\.(\w+)$/ or return 'a name of the form module.noun_verb';
    my $noun = $name =~ s/_[^_]+$//r;
    my ($rows, $code) = map { -e "$_" ? slurp($_) : '' }
        map { top_dir() . "/src/$module/$_" } 'routes.def', "$noun.c";
    my @missing;
    push @missing, "a row in src/$module/routes.def" if $rows !~ /^ROUTE\w*\($name,/m;
    push @missing, "${module}_$name() in src/$module/$noun.c" if $code !~ /^${module}_$name\(/m;
    push @missing, "t/api/$module/$name.t" if !-e top_dir() . "/t/api/$module/$name.t";
    return @missing;
}

my %seen;
for my $program (glob build_dir() . '/purser-*') {
    my ($family) = $program =~ /purser-(\w+)$/ or next;
    next if $family eq 'jobs';
    my @rows = grep { !/^#/ } split /\n/, `$program --routes`;
    ok(@rows > 0, "$family has routes");
    for (@rows) {
        my ($method, $path, $surface, $credential, $scope, $lane, $handler) = split;
        is(family_of($path), $family, "$method $path goes to $family")
            if $path ne '/health';
        is_deeply([missing($handler)], [], "$method $path: its files are found by its name");
        (my $shape = "$method $path") =~ s/\{\w+\}/{}/g;
        is($seen{$shape}++ && $path ne '/health' ? 'twice' : 'once', 'once', "$shape is one row")
            if $path ne '/health';
        like($lane, qr/^(?:inside|outside)$/, 'it has a lane');
        ok($scope ne '-' || $credential =~ /^(?:none|journal)$/,
            'who shows a credential needs a scope; a journal key is for one thing only');
    }
}

done_testing;
