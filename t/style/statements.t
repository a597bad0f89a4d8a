# Protects: a statement that calls an SQL function has the name of the function, which is also its
# name in logs and fault points.
use strict;
use warnings;

use T::Proc qw(build_dir);
use Test::More;

my (@other, $calls);
for my $program (glob build_dir() . '/purser-*') {
    next if !-f $program || !-x _;
    for (split /\n/, `$program --statements`) {
        my ($name, $sql) = /^([\w.]+): (.*)$/ or next;
        my ($function) = $sql =~ /\b([a-z_]+\.[a-z_]+)\(/ or next;
        $calls++;
        push @other, "$name calls $function" if $name ne $function;
    }
}
cmp_ok($calls // 0, '>', 90, 'the statements of the programs are read');
is(join("\n", @other), '', 'each statement is named after the function that it calls');

done_testing;
