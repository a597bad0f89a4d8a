# Protects: the layers of the code.  Files of one folder include a third-party library, modules
# include libcore and not each other, a part of libcore includes only the parts below it, no file
# depends on itself through others, and every header compiles alone.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp spew temp_dir);
use T::Source qw(sources);
use Test::More;

my %user = (
    'fcgiapp.h' => qr{^src/core/web/fcgi\.c$},
    'libpq-fe.h' => qr{^src/core/db/(?:connect|conn|value)\.c$},
    'curl/curl.h' => qr{^src/core/upstream/easy\.h$},
    'json-c/' => qr{^src/core/json/json\.c$},
    'openssl/' => qr{^src/core/crypto/crypto\.c$},
);
# What a part of libcore may include besides itself.
my %below = (
    base => [],
    json => ['base'],
    crypto => ['base'],
    upstream => [qw(base json)],
    db => ['base'],
    stripe => [qw(base json crypto upstream db)],
    auth => [qw(base crypto db)],
    web => [qw(base json crypto db auth upstream stripe)],
    module => ['db'],
    jobs => [qw(base crypto db auth module)],
    process => [qw(base json db auth module jobs upstream web stripe)],
);

# A .c file and its header are one; returns each circle as the names in it.
sub circles {
    my %needs;
    for my $path (sources(qr/\.(?:[ch]|def|inc)$/, 'src')) {
        my $name = $path =~ s{^src/|\.\w+$}{}gr;
        my @names = slurp(top_dir() . "/$path") =~ /^#\s*include\s+"([\w\/]+)\.\w+"/mg;
        $needs{$name}{$_} = 1 for grep { $_ ne $name } @names;
    }
    # Cycle detection: removes the names that need no name that is left, and then those that no name
    # that is left needs.
    while (my @free = grep { !grep { $needs{$_} } keys %{ $needs{$_} } } keys %needs) {
        delete @needs{@free};
    }
    while (my @free = grep { my $name = $_; !grep { $_->{$name} } values %needs } keys %needs) {
        delete @needs{@free};
    }
    return sort keys %needs;
}

my @sources = sources(qr/\.(?:[ch]|def)$/, 'src');
my (@strangers, @sideways, @upwards, %used);
for my $path (@sources) {
    my ($module) = $path =~ m{^src/(\w+)/};
    my ($part) = $path =~ m{^src/core/(\w+)/};
    for my $include (slurp(top_dir() . "/$path") =~ /^#\s*include\s+[<"]([^>"]+)[>"]/mg) {
        for my $library (keys %user) {
            next if index($include, $library) != 0;
            $used{$library} = 1;
            push @strangers, "$path includes $include" if $path !~ $user{$library};
        }
        my ($other) = $include =~ m{^(\w+)/\w+.*\.(?:h|def)$};
        next if !defined $other || !-d top_dir() . "/src/$other";
        push @sideways, "$path includes $include"
            if $other ne 'core' && $other ne $module && $module ne 'programs'
            && !($other eq 'stripe_events' && $module ne 'core');
        if ($part && $include =~ m{^core/(\w+)/}) {
            push @upwards, "$path includes $include"
                if !grep { $_ eq $1 } $part, @{ $below{$part} || [] };
        }
    }
}
is(join("\n", @strangers), '', 'each library is included by its one folder');
is(join("\n", circles()), '', 'no file of src depends on itself by way of others');
is_deeply([sort keys %used], [sort keys %user],
    'each library is included by a file of its folder');
is(join("\n", @sideways), '', 'modules include libcore and stripe_events, and none another one');
is(join("\n", @upwards), '', 'inside libcore a part includes only parts below it');

my @directories = map { m{^src/core/(\w+)/} ? $1 : () } @sources;
my %known = map { ($_ => 1) } keys %below;
is(join(' ', grep { !$known{$_} } @directories), '',
    'each part of libcore has its place in the order');

my $file = temp_dir() . '/alone.c';
my @flags = ('-std=gnu11', '-fsyntax-only', '-Wall', '-Werror', '-D_GNU_SOURCE',
    '-I' . top_dir() . '/src', '-I' . build_dir());
my @broken;
for my $header (grep { /\.h$/ } @sources) {
    (my $include = $header) =~ s{^src/}{};
    spew($file, qq{#include "$include"\n#include "$include"\n});
    my $output = `gcc @flags $file 2>&1`;
    push @broken, "$header: $output" if $? != 0;
}
is(join("\n", @broken), '', 'each header compiles alone, also twice');

done_testing;
