# Protects: Makefile.am lists every source, and every program is installed with its manual page and
# its unit.

use strict;
use warnings;

use T::Proc qw(top_dir slurp);
use T::Source qw(sources);
use Test::More;

my $makefile = slurp(top_dir() . '/Makefile.am') =~ s/\\\n/ /gr;
my %listed = map { ($_ => 1) } $makefile =~ m{(?<![\w/])((?:src|t|nginx|conf)/[\w./-]+)}g;

my @forgotten = grep { !$listed{$_} } sources(qr/\.(?:[ch]|def|inc|[58])$/, 'src'),
    sources(qr/\.[ch]$/, 't'), sources(qr/\.5$/, 'conf');
is("@forgotten", '', 'every source has its line in Makefile.am');

my @gone = grep { /\.(?:[ch]|def|inc|[58])$/ && !-e top_dir() . "/$_" } sort keys %listed;
is("@gone", '', 'every line of Makefile.am has its source');

# A program comes with its manual page and its unit.
for my $program ($makefile =~ /^sbin_PROGRAMS = (.*)$/m ? $1 =~ /purser-(\w+)/g : ()) {
    ok($listed{"src/programs/purser-$program.8"}, "purser-$program has its manual page");
    ok($listed{"conf/systemd/purser-$program.service"}, "purser-$program has its unit");
}

# One function a file, and every SQL file is loaded.
my $load = join '', map { slurp(top_dir() . "/$_") } sources(qr/load\.sql$/, 'sql');
my @unloaded = grep {
    my ($path, $base) = m{^sql/((?:.*/)?([^/]+))$};
    $base !~ /^(?:load|migrate|help)\.sql$/ && $path !~ m{\.part\.sql$}
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
