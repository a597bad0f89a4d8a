# Protects: the name of a test can be understood without the line above it and without its file, as
# in the log of a run.  So it begins with its subject: with no word that leans on another name.

use strict;
use warnings;

use T::Names qw(names_of);
use T::Source qw(sources);
use Test::More;

my $leans = qr/^(?:\.\.\.|(?:and|then|again|also|which|it|its)\b)/i;

sub leaning {
    my ($name) = @_;
    return $name =~ $leans || $name !~ /\s|\$/;
}

# The tests in Perl, in pgTAP and in C; a build in the tree makes t/unit/*.t of these.
my @files = grep { !m{^t/bench/|/lib/|^t/(?:unit|fuzz)/.*\.t$} } sources(qr/\.(?:t|pg|c)$/, 't');
ok(@files > 90, 'the test files are found');

my ($count, @leaning) = (0);
for my $file (@files) {
    for (names_of($file)) {
        my ($line, $name) = @$_;
        $count++;
        push @leaning, "$file:$line: $name" if leaning($name);
    }
}
cmp_ok($count, '>', 2000, 'the names of the tests are found');
is(join("\n", @leaning), '', 'no name of a test leans on another one or is a single word');

# The rule itself.
ok(leaning($_), "the name \"$_\" leans") for '... and told', 'and told', 'It is told', 'told';
ok(!leaning($_), "the name \"$_\" stands alone")
    for 'estimate: 412.50 is available to a payee', 'items are listed', '$status';

done_testing;
