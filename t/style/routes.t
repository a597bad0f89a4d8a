# Every route of every program is reached through nginx, has a test, and no two rows match one path.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use T::Source qw(sources);
use Test::More;

my @locations = slurp(top_dir() . '/nginx/purser.conf.in')
    =~ /^\tlocation (= )?(\S+) \{(.*?)^\t\}/msg;
my (@exact, @prefixes);
while (my ($exact, $path, $block) = splice @locations, 0, 3) {
    my ($to) = $block =~ /fastcgi_pass \$?(?:purser_)?(\w+);/ or next;
    push @{ $exact ? \@exact : \@prefixes }, [$path, $to];
}

# As nginx does: an exact location, else the longest prefix.
sub family_of {
    my ($path) = @_;
    my ($found) = grep { $_->[0] eq $path } @exact;
    ($found) = sort { length $b->[0] <=> length $a->[0] }
    grep { index($path, $_->[0]) == 0 } @prefixes
        if !$found;
    return $found ? $found->[1] : 'nowhere';
}

my %tested = map { m{([^/]+)\.t$} ? ($1 => 1) : () } sources(qr/\.t$/, 't/api');
my %seen;
for my $program (glob build_dir() . '/purser-*') {
    my ($family) = $program =~ /purser-(\w+)$/ or next;
    next if $family eq 'jobs';
    my @rows = grep { !/^#/ } split /\n/, `$program --routes`;
    ok(@rows > 0, "$family has routes");
    for (@rows) {
        my ($method, $path, $surface, $credential, $scope, $lane, $handler) = split;
        is(family_of($path), $family, "$method $path goes to $family")
            if $path ne '/health';
        ok($tested{$handler}, "t/api/$handler.t is there");
        (my $shape = "$method $path") =~ s/\{\w+\}/{}/g;
        is($seen{$shape}++ && $path ne '/health' ? 'twice' : 'once', 'once', "$shape is one row")
            if $path ne '/health';
        like($lane, qr/^(?:inside|outside)$/, "$method $path has a lane");
        ok($scope ne '-' || $credential =~ /^(?:none|journal)$/,
            "$method $path: a credential has a scope, a journal key is for one thing only");
    }
}

done_testing;
