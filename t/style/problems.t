# Every problem that a client can get is produced by a test, and nginx uses the same words.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use T::Source qw(sources);
use Test::More;

my $list = slurp(top_dir() . '/src/core/web/problem.def');
my @rows = $list =~ /^PROBLEM\((\w+),\s*"(\w*)",\s*\w+,\s*(\d+),[ ]"(\w+)",
    \s*\d+,[ ]"(\w+)",\s*\d+,[ ]"(\w+)",\s*\d+,[ ]"(\w+)"/mgx;
ok(@rows > 7 * 15, 'the list is read');

my $tests = join '', map { slurp(top_dir() . "/$_") } sources(qr/\.t$/, qw(t/api t/fault t/nginx));
my %of_prop;
while (my ($name, $sqlstate, $status, @codes) = splice @rows, 0, 7) {
    ok((grep { $tests =~ /\b\Q$_\E\b/ } @codes), "$name is met by a test, on one api at least");
    $of_prop{ $codes[0] } = \@codes;
    next if $sqlstate eq '';
    ok(scalar(grep { slurp(top_dir() . "/$_") =~ /\b$sqlstate\b/ } sources(qr/\.sql$/, 'sql')),
        "$sqlstate of $name is raised somewhere");
}

# What nginx says itself has the code of the list where the list has one.
my %nginx;
for (slurp(top_dir() . '/nginx/errors.conf')
    =~ /(\$purser_code [A-Z_]+;\s*set \$purser_code_lower \w+;)/g) {
    my ($upper, $lower) = /code ([A-Z_]+);.*lower (\w+);/s;
    $nginx{"V2_$upper"} = [$lower, $upper];
}
ok(keys %nginx > 5, 'the errors of nginx are read');
for my $code (sort grep { $of_prop{$_} } keys %nginx) {
    my ($lower, $upper) = @{ $nginx{$code} };
    is_deeply([$lower, $lower, $upper], [@{ $of_prop{$code} }[1 .. 3]],
        "$code is the same on all apis");
}

done_testing;
