# The manual page of a program has the options that its --help shows, and no others.
use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use Test::More;

my @programs = map { m{/(purser-\w+)\.8$} ? $1 : () } glob top_dir() . '/src/programs/*.8';
cmp_ok(scalar @programs, '>=', 5, 'the pages of the programs are found');
for my $program (sort @programs) {
    my ($usage) = `@{[build_dir()]}/$program --help` =~ /^(.*?)^settings:/ms;
    my %shown = map { $_ => 1 } ($usage // '') =~ /--(\w[\w-]*)/g;
    my %written = map { $_ => 1 }
        slurp(top_dir() . "/src/programs/$program.8") =~ /\bFl -([a-z][a-z-]*)/g;
    cmp_ok(scalar keys %shown, '>', 4, "$program: --help shows options");
    is_deeply([sort keys %written], [sort keys %shown],
        "$program: its page and its --help have the same options");
}

done_testing;
