# Protects: make builds every source, new ones too, and every program is installed with its manual
# page and its unit.

use strict;
use warnings;

use File::Copy qw(copy);
use File::Path qw(make_path);
use T::Proc qw(temp_dir top_dir slurp spew);
use T::Source qw(sources);
use Test::More;

my $makefile = slurp(top_dir() . '/Makefile.am') =~ s/\\\n/ /gr;
my $sources = slurp(top_dir() . '/build-aux/sources.mk') =~ s/\\\n/ /gr;
my %listed = map { ($_ => 1) }
    "$makefile $sources" =~ m{(?<![\w/])((?:src|t|nginx|conf)/[\w./-]+)}g;

my @forgotten = grep { !$listed{$_} } sources(qr/\.(?:[ch]|def|inc|[58])$/, 'src'),
    sources(qr/\.[ch]$/, 't'), sources(qr/\.5$/, 'conf');
is("@forgotten", '', 'every source is in a list of the build');

my @gone = grep { /\.(?:[ch]|def|inc|[58])$/ && !-e top_dir() . "/$_" } sort keys %listed;
is("@gone", '', 'every line of a list has its source');

my @twice = grep { index($makefile, $_) >= 0 } $sources =~ m{(\S+\.(?:[ch]|def|inc))\b}g;
is("@twice", '', 'Makefile.am names no file that conf/sources finds');

# A file that is new since the last autoreconf is in the list when make has started.
my $tree = temp_dir('tree');
make_path("$tree/conf", map { "$tree/$_" } qw(src/core/web src/programs src/refunds t/unit));
copy(top_dir() . '/conf/sources', "$tree/conf") or die "conf/sources: $!";
sub written {
    system('sh', "$tree/conf/sources") == 0 or die "conf/sources\n";
    return slurp("$tree/build-aux/sources.mk");
}
spew("$tree/$_", "\n") for qw(src/core/web/cors.c src/programs/purser-refunds.c src/refunds/refund.c
    t/unit/fake.c);
unlike(written(), qr/fake|programs/, 'programs, and helpers of tests, are not listed');
like(written(), qr{^libcore_a_SOURCES = \\\n\tsrc/core/web/cors\.c$}m, 'a file of core is listed');
spew("$tree/src/refunds/module.def", "\n");
like(written(), qr{^libmodules_a_SOURCES = \\\n\tsrc/refunds/module\.def \\\n\tsrc/refunds/refund}m,
    'a new file of a module is listed');
spew("$tree/t/unit/refund.c", qq(#include "t/unit/scripted_server.h"\nint\nmain(void)\n{\n}\n));
like(written(), qr{^t_unit_refund_t_SOURCES = t/unit/refund\.c \$\(SCRIPTED_SERVER\) \$\(TAP\)$}m,
    'a new test is listed with its helpers');
unlink "$tree/src/refunds/refund.c" or die "unlink: $!";
unlike(written(), qr{src/refunds/refund\.c}, 'a removed file is not listed');
utime 1000, 1000, "$tree/build-aux/sources.mk" or die "utime: $!";
written();
is((stat "$tree/build-aux/sources.mk")[9], 1000, 'a list that stays is not written');

# A program comes with its manual page and its unit.
for my $program ($makefile =~ /^sbin_PROGRAMS = (.*)$/m ? $1 =~ /purser-(\w+)/g : ()) {
    ok($listed{"src/programs/purser-$program.8"}, "purser-$program has its manual page");
    ok($listed{"conf/systemd/purser-$program.service"}, "purser-$program has its unit");
}

# One function a file, and every SQL file is loaded.
my $load = join '', map { slurp(top_dir() . "/$_") } sources(qr/(?:load|modules)\.sql$/,
    'sql');
my @unloaded = grep {
    my ($path, $base) = m{^sql/((?:.*/)?([^/]+))$};
    $base !~ /^(?:load|migrate|help|operator)\.sql$/ && $path !~ m{\.part\.sql$}
        && index($load, $path) < 0 && index($load, $base =~ s/\.sql$//r) < 0;
} sources(qr/\.sql$/, 'sql');
is("@unloaded", '', 'every SQL file is loaded by load.sql');

# The top of the tree is small.
opendir my $top, top_dir() or die "top: $!";
my %allowed = map { ($_ => 1) } qw(configure.ac Makefile.am README src conf sql t nginx);
my $ignored = slurp(top_dir() . '/.gitignore');
my @surplus = grep { !/^\./ && !$allowed{$_} && $ignored !~ m{^/\Q$_\E/?$}m } readdir $top;
is("@surplus", '', 'the top directory has no other file');

done_testing;
