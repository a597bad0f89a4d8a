package T::Source;

# The files of the tree, for the tests in t/style.

use strict;
use warnings;

use Exporter qw(import);
use File::Find ();
use T::Proc qw(top_dir slurp);

our @EXPORT_OK = qw(sources functions code_of);

# Paths below the top whose names match, sorted; without the directories of builds.
sub sources {
    my ($pattern, @under) = @_;
    my $top = top_dir();
    my @found;
    File::Find::find({ no_chdir => 1, wanted => sub {
        my $path = substr $File::Find::name, length($top) + 1;
        my $generated = qr/\.build|\.git|run|build-aux|autom4te\.cache|warnings-\w+|corpus/;
        if ($path =~ m{(?:^|/)(?:$generated)$}) {
            $File::Find::prune = 1;
        }
        push @found, $path if -f $File::Find::name && $path =~ $pattern;
    } }, map { "$top/$_" } @under);
    return sort @found;
}

# C without comments, strings and characters, line for line.
sub code_of {
    my ($path) = @_;
    my $text = slurp(top_dir() . "/$path");
    my $blank = sub { $_[0] =~ tr/\n//cdr };
    $text =~ s{(/\*.*?\*/)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')}
        {defined $1 ? ' ' . $blank->($1) : '""'}gse;
    return $text;
}

# Functions of a C file: [name, first line, number of lines], by the braces in the first column.
sub functions {
    my ($path) = @_;
    my @lines = split /\n/, slurp(top_dir() . "/$path");
    my ($name, $start, @found);
    for my $i (0 .. $#lines) {
        $name = $1 if $lines[$i] =~ /^(\w+)\(/;
        $start = $i if $lines[$i] eq '{';
        if ($lines[$i] eq '}' && defined $start) {
            push @found, [$name // '?', $start + 1, $i - $start + 1];
            undef $start;
        }
    }
    return @found;
}

1;
