package T::Routes;

# The routes of programs, as they print them by --routes; one that several programs serve is there
# once.
#
#   for (routes(qw(payments payouts))) { ... "$_->{method} $_->{path}" ... }

use strict;
use warnings;

use Exporter qw(import);
use T::Proc qw(build_dir);

our @EXPORT = qw(routes);

my @columns = qw(method path api credential scope listener name);

sub routes {
    my (@programs) = @_;
    my (@routes, %seen);
    for my $program (@programs) {
        my @lines = grep { !/^#/ } split /\n/, `@{[ build_dir() ]}/purser-$program --routes`;
        die "purser-$program prints no routes\n" if !@lines;
        for (@lines) {
            my %route = (program => $program);
            @route{@columns} = split;
            push @routes, \%route if !$seen{"$route{method} $route{path}"}++;
        }
    }
    return @routes;
}

1;
