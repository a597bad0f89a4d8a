# Protects: functions and files stay short.

use strict;
use warnings;

use T::Proc qw(top_dir slurp);
use T::Source qw(sources functions);
use Test::More;

my $function_lines = 70;
my $file_lines = 600;

my @sources = sources(qr/\.[ch]$/, 'src', 't');
ok(@sources > 50, 'the sources are found');

my @long = map {
    my $path = $_;
    map { "$path:$_->[1]: $_->[0]() has $_->[2] lines" } grep { $_->[2] > $function_lines }
        functions($path);
} grep { /\.c$/ } @sources;
is(join("\n", @long), '', "no function has more than $function_lines lines");

my @big = grep { my $n = slurp(top_dir() . "/$_") =~ tr/\n//; $n > $file_lines }
    @sources, sources(qr/\.(?:sql|pg|p[lm]|t|js|html|def|in|conf)$/, qw(src sql t nginx conf)),
    'conf/quickstart', 'conf/packages', 'conf/sources', 't/run', 'Makefile.am', 'configure.ac';
is(join("\n", @big), '', "no file has more than $file_lines lines");

done_testing;
