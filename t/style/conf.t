# Protects: conf/purser.conf has the settings table of the programs, word for word.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use Test::More;

my $help = `@{[build_dir()]}/purser-payments --help`;
my ($table) = $help =~ /^settings:\n(.*)/ms;
my %setting = map { /^  (\w+)\s+(.*) \((.*?)\)$/ ? ($1 => [$2, $3]) : () } split /\n/, $table // '';
ok(keys %setting > 20, 'the settings are found');

my (%written, @order);
my $purpose = '';
for my $line (split /\n/, slurp(top_dir() . '/conf/purser.conf')) {
    if ($line =~ /^#?(\w+)\s*=\s*(.*)$/) {
        $written{$1} = [$purpose, $2 eq '' ? 'unset' : $2];
        push @order, $1;
    }
    $purpose = $line =~ /^# (.*)$/ ? $1 : '';
}
is_deeply([sort keys %written], [sort keys %setting],
    'purser.conf has the keys of the settings table');
is_deeply($written{$_}, $setting{$_}, "purser.conf has the default of $_") for @order;

# Manual pages and the sandbox name only settings that exist.
my @unknown = grep { !$setting{$_} } slurp(top_dir() . '/conf/sandbox.conf') =~ /^(\w+) =/mg;
is("@unknown", '', 'conf/sandbox.conf has only known keys');
for my $page ('conf/purser.conf.5', glob top_dir() . '/src/*/*.8') {
    my $text = slurp($page =~ m{^/} ? $page : top_dir() . "/$page");
    my @words = grep { /_/ && !$setting{$_} } $text =~ /^\.Cm (\w+)/mg;
    is_deeply([grep { !/^(?:_file|limit_conn)$/ } @words], [],
        ($page =~ s{.*/}{}r) . ' names only known settings');
}

done_testing;
