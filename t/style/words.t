# Protects: each thing has one name.  Names that the tree has given up do not come back.
use strict;
use warnings;

use T::Proc qw(top_dir slurp);
use T::Source qw(sources);
use Test::More;

# A given-up name, also as a part of an identifier, and the name that took its place.  "outside" is
# an ordinary English word as well, so only its use as a name is meant.
my $ending = qr/(?:s|ed|ing)?(?![a-z])/i;
my $called = qr/(?:calls?|listeners?|routes?|sockets?|threads?)\b/;
my @old = (
    [qr/(?<![a-z])surface$ending/i, 'api'],
    [qr/(?<![a-z])convoy$ending/i, 'batcher'],
    [qr/(?<![a-z])doorbell$ending/i, 'wake_jobs, jobs_socket'],
    [qr/(?<![a-z])crew$ending/i, 'job workers'],
    [qr/(?<![a-z])lane$ending/i, 'listener'],
    [qr/(?<![a-z])heal$ending/i, 'refresh'],
    [qr/[a-z][-_]outside\b|\boutside_[a-z]|\boutside[ -]$called/i, 'upstream'],
);

# Where a name stays: file => { identifier => the reason }.
my %renamed = map { $_ => 'an operator may have written the setting before it was renamed' }
    qw(threads_outside jobs_doorbell);
my %allowed = (
    'src/core/base/conf.c' => \%renamed,
    't/unit/conf.c' => \%renamed,
    'nginx/purser.conf.in' => {
        purser_outside => 'a limits.conf that an operator edited may use the variable' },
);

# [line, identifier, the name to use]... of a text.
sub old_names {
    my ($text) = @_;
    my ($number, @found) = (0);
    for my $line (split /\n/, $text) {
        $number++;
        next if $line !~ /surface|convoy|doorbell|crew|lane|heal|outside/i;
        $line =~ s/\\n/ /g;    # a line break in a string of C
        for (@old) {
            my ($pattern, $now) = @$_;
            push @found, [$number, $1, $now] while $line =~ /(\w*$pattern\w*)/g;
        }
    }
    return @found;
}

# Migrations have run on databases and stay as they were; this file is the list.
my @files = grep { !m{^sql/migrations/|^t/style/words\.t$} }
    sources(qr/./, qw(src conf nginx sql t)),
    grep { -e top_dir() . "/$_" } qw(README Makefile.am configure.ac);
cmp_ok(scalar @files, '>', 400, 'the files are found');

my (@wrong, %used);
for my $file (@files) {
    push @wrong, map { "$file: its name has $_->[1]: say $_->[2]" } old_names($file);
    for (old_names(slurp(top_dir() . "/$file"))) {
        my ($line, $name, $now) = @$_;
        if ($allowed{$file}{$name}) {
            $used{"$file $name"} = 1;
        } else {
            push @wrong, "$file:$line: $name: say $now";
        }
    }
}
is(join("\n", @wrong), '', 'no file uses a name that the tree has given up');

my @unused = grep { !$used{$_} }
    map { my $file = $_; map { "$file $_" } sort keys %{ $allowed{$file} } } sort keys %allowed;
is("@unused", '', 'each place where a given-up name may stand has it');

# The rule itself.
for ('a lane', 'two lanes', 'LANE', 'the_lane', 'it heals', 'is_healed', 'threads_outside',
    'x-outside.sock', 'the outside listener', 'outside-calls') {
    is(scalar(() = old_names($_)), 1, "\"$_\" is found as a given-up name");
}
for ('health', 'healthy', 'planes', 'outside of the tree', 'a server outside') {
    is(scalar(() = old_names($_)), 0, "\"$_\" is no given-up name");
}

done_testing;
