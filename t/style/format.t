# Protects: the layout of the files: at most 100 columns, and C as .clang-format says.
use strict;
use warnings;

use Encode ();
use T::Proc qw(top_dir slurp);
use T::Source qw(sources);
use Test::More;
use Text::Tabs qw(expand);

my $columns = 100;

# Data that no person lays out: requests for fuzzing, recorded JSON, what a program prints.
my @files = grep { !m{corpus/|\.(?:json|expected)$} } sources(qr/./, qw(src sql t nginx conf)),
    grep { -e top_dir() . "/$_" } qw(README configure.ac Makefile.am);
ok(@files > 300, 'the files are found');

my @wide = map {
    my $file = $_;
    my $number = 0;
    map { $number++; length expand($_) > $columns ? "$file:$number" : () }
        split /\n/, Encode::decode('UTF-8', slurp(top_dir() . "/$file"));
} @files;
is(join("\n", @wide), '', "no line is wider than $columns columns");

# Other versions lay out some things differently.
my ($version) = `clang-format --version 2>/dev/null` =~ /version (\d+)/;
SKIP: {
    skip 'clang-format 14 is not installed', 1 if ($version // 0) != 14;
    my @c = map { top_dir() . "/$_" } grep { /\.[ch]$/ } @files;
    is(`clang-format --dry-run -Werror @c 2>&1`, '', 'C is laid out: make format');
}

done_testing;
