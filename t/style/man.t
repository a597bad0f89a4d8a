# The manual page of a program has the options that its --help shows, and no others; it leaves the
# list of routes to --routes, which prints what the program really serves.  That of purser-jobs and
# README have every job.
use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use T::Source qw(sources);
use Test::More;

my @programs = map { m{/(purser-\w+)\.8$} ? $1 : () } glob top_dir() . '/src/programs/*.8';
cmp_ok(scalar @programs, '>=', 5, 'the pages of the programs are found');
for my $program (sort @programs) {
    my ($usage) = `@{[build_dir()]}/$program --help` =~ /^(.*?)^settings:/ms;
    my %shown = map { $_ => 1 } ($usage // '') =~ /--(\w[\w-]*)/g;
    my $page = slurp(top_dir() . "/src/programs/$program.8");
    my %written = map { $_ => 1 } $page =~ /\bFl -([a-z][a-z-]*)/g;
    cmp_ok(scalar keys %shown, '>', 4, "$program: --help shows options");
    is_deeply([sort keys %written], [sort keys %shown],
        "$program: its page and its --help have the same options");
    next if $program eq 'purser-jobs';
    my @paths = `@{[build_dir()]}/$program --routes` =~ m{^[A-Z]+ +(/\S+)}mg;
    cmp_ok(scalar @paths, '>', 1, "$program: --routes shows paths");
    is_deeply([grep { $_ ne '/health' && index($page, s{/\{.*}{}r) >= 0 } @paths], [],
        "$program: its page lists no route");
}

my @jobs = sort map {
    my ($file, $module) = m{^(src/(\w+)/module\.def)$};
    $file ? map { "$module.$_" } slurp(top_dir() . "/$file") =~ /^JOB\((\w+),/mg : ();
} sources(qr/module\.def$/, 'src');
my $page = slurp(top_dir() . '/src/programs/purser-jobs.8');
is_deeply([sort $page =~ /^\.It (\w+\.\w+)$/mg], \@jobs, 'the page of purser-jobs has every job');
my $readme = slurp(top_dir() . '/README');
is_deeply([grep { $readme !~ /(?<![\w.])\Q$_\E(?![\w.]\w)/ } @jobs], [], 'README has every job');

done_testing;
