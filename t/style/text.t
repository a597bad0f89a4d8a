# Protects: manual pages, scripts and units pass the checkers mandoc, shellcheck and
# systemd-analyze, and no file has a path of the machine on which it was written.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp temp_dir spew);
use T::Source qw(sources);
use JSON::PP qw(decode_json);
use Test::More;

sub have { return grep { -x "$_/$_[0]" } split /:/, $ENV{PATH} }

# All files that are, or could be, in the repository.
my @files = (sources(qr/./, qw(src sql t nginx conf)),
    grep { -e top_dir() . "/$_" }
    qw(README configure.ac Makefile.am .gitignore .clang-format .editorconfig));
ok(@files > 100, 'the files are found');

# Written in parts, so that the test does not find them in this file.
my $places = join '|', map { join '', @$_ } ['/wo', 'rk/(?!\*)'], ['/fa', 'rm'], ['/tmp/', 'plan'],
    ['deb\.', 'debian\.org'], ['registry\.', 'npmjs'], ['pypi\.', 'org'], ['/home/', '\w+'];
my @foreign = grep { slurp(top_dir() . "/$_") =~ m{$places} } @files;
is("@foreign", '', 'no path of a machine, no registry');

# Comments refer only to files of the tree.
my $papers = join('|', map { join '', @$_ } ['con', 'tract'], ['map', 'ping'], ['de', 'sign'])
    =~ s/(.*)/\\b(?:$1)(?:\\.md)? sections? \\d/r;
my @papers = grep { slurp(top_dir() . "/$_") =~ m{$papers} } @files;
is("@papers", '', 'no comment refers to a paper that is not in the tree');

# A recipe that can be followed: README's checkout is that of the sandbox's tour.
my $tour = slurp(top_dir() . '/conf/sandbox/tour');
my ($bought) = $tour =~ /^my %body = (\(.*?\));/ms;
my ($written) = slurp(top_dir() . '/README') =~ m{^\tPOST /v2/payments/checkout\s+(\{.*?\})$}ms;
is_deeply(scalar eval { decode_json($written // '') }, { eval $bought },
    "README's recipe has the body of the checkout");

my @silent = grep { slurp(top_dir() . "/$_") !~ m{\A/\*} } sources(qr/\.c$/, 'src');
is("@silent", '', 'every C file begins with its purpose');

my @tests = grep { !-e top_dir() . "/t/$_" && !-e top_dir() . '/t/' . s/\.t$/.c/r }
    map { slurp(top_dir() . "/$_") =~ m{\b((?:api|flow|sql|style|unit)/[a-z_/]+\.(?:t|pg))\b}g }
    qw(t/README t/run t/lib/T/Harness.pm);
is("@tests", '', 'every test that is named as an example is there');
like(`PURSER_BUILD=@{[build_dir()]} @{[top_dir()]}/t/run --no-build style/none.t 2>&1`,
    qr{\At/run: no such test: style/none\.t\n\z}, 't/run says which test there is not');

my @blank = grep { slurp(top_dir() . "/$_") =~ /[ \t]+$|\r|[^\n]\z/m }
    grep { !m{corpus/|\.json$} } @files;
is("@blank", '', 'no blanks at the end of a line, and each file ends with one');

SKIP: {
    skip 'mandoc is not installed', 1 if !have('mandoc');
    my @pages = map { top_dir() . "/$_" } sources(qr/\.[58]$/, qw(src conf));
    is(`mandoc -T lint -W warning @pages 2>&1`, '', 'mandoc has nothing to say');
}

SKIP: {
    skip 'shellcheck is not installed', 1 if !have('shellcheck');
    my @scripts = map { top_dir() . "/$_" }
        grep { -f top_dir() . "/$_" && slurp(top_dir() . "/$_") =~ m{\A#!/bin/(?:ba)?sh} } @files;
    is(`shellcheck -S warning @scripts 2>&1`, '', 'shellcheck has nothing to say');
}

SKIP: {
    my $from = top_dir() . '/conf/systemd';
    my @units = (glob(build_dir() . '/conf/systemd/*.{service,socket}'), "$from/purser.target");
    my @wanted = glob "$from/*.in";
    ok(@units == 1 + @wanted, 'the units are built');
    skip 'systemd-analyze is not installed', 1 if !have('systemd-analyze');
    my $dir = temp_dir('units');
    for my $file (@units, glob "$from/purser-.*.d/*.conf") {
        my $text = slurp($file);
        $text =~ s/^(Exec\w+=)\S+/$1\/bin\/true/mg;    # not installed here
        $text =~ s/^Documentation=.*\n//mg;
        my ($drop_ins, $name) = $file =~ m{(?:/(purser-\.\w+\.d))?/([^/]+)\z};
        mkdir "$dir/$drop_ins" if $drop_ins;
        spew("$dir/" . ($drop_ins ? "$drop_ins/" : '') . $name, $text);
    }
    my $verify = "SYSTEMD_UNIT_PATH=$dir: systemd-analyze verify --man=no";
    my $said = join '', map { "$_" } grep { m{\Q$dir\E|purser} && !/Permission|bus/ }
        split /^/, `$verify $dir/*.service $dir/*.socket $dir/*.target 2>&1`;
    is($said, '', 'systemd understands the units');

    # `systemctl enable purser.target` must enable every unit.
    my %also = map { map { ($_ => 1) } split } slurp("$from/purser.target") =~ /^Also=(.*)$/mg;
    is(join(' ', sort keys %also), join(' ', sort map { m{/(purser-\w+\.\w+)\.in} } @wanted),
        'purser.target takes every unit along');
}

done_testing;
