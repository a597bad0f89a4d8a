# Every problem that a client can get stands in one table, which clients rely on; a test produces
# it, and nginx uses the same words.

use strict;
use warnings;

use T::Proc qw(top_dir build_dir slurp);
use T::Source qw(sources);
use Test::More;

# On purpose by hand: a line that differs is another answer to a client.
my $printed = `@{[build_dir()]}/purser-payments --problems`;
my @expected = split /\n/, slurp(top_dir() . '/t/style/problems.expected');
is_deeply([split /\n/, $printed], \@expected,
    '--problems prints t/style/problems.expected: every status and code of every api');
for my $program (qw(connect payouts webhooks)) {
    is(`@{[build_dir()]}/purser-$program --problems`, $printed,
        "purser-$program prints the same problems");
}

my @apis = qw(prop journal partner marketplace);
my $tests = join '', map { slurp(top_dir() . "/$_") } sources(qr/\.t$/, qw(t/api t/fault t/nginx));
my $sql = join '', map { slurp(top_dir() . "/$_") } sources(qr/\.sql$/, 'sql');
my %says;    # "status code" on prop => the rows
for my $row (grep { !/^#/ } split /\n/, $printed) {
    my ($name, $sqlstate, $retry, @rest) = split ' ', $row, 12;
    my $message = pop @rest;
    my %code = map { ($apis[$_] => $rest[2 * $_ + 1]) } 0 .. 3;
    push @{ $says{"$rest[0] $code{prop}"} }, [@code{@apis}, $message, $retry];
    ok((grep { $tests =~ /\b\Q$_\E\b/ } values %code),
        "$name is met by a test, on one api at least");
    ok($sql =~ /\b$sqlstate\b/, "$sqlstate of $name is raised somewhere") if $sqlstate ne '-';
}
cmp_ok(scalar keys %says, '>', 15, 'the list is read');

# What nginx says itself, as errors.conf and problems.conf make it.
my ($renamed) = slurp(top_dir() . '/nginx/problems.conf')
    =~ /^map \$purser_code \$purser_marketplace_code \{\n(.*?)\tdefault/ms;
my %marketplace = $renamed =~ /(\w+)\t(\w+);/g;
my $errors = slurp(top_dir() . '/nginx/errors.conf');
my %answered = $errors =~ m{location = /_problem/(\d+) \{(.*?)\n\t\}}sg;
is_deeply([sort keys %answered], [qw(400 404 405 413 414 429 431 500 502 503 504)],
    'nginx has an answer for each of its errors');
for my $status (sort keys %answered) {
    my %set = $answered{$status} =~ /set \$purser_(\w+)\s+"?(.*?)"?;/g;
    $set{message} =~ s/\$purser_\w+/{limit}/;
    is_deeply([grep { $_ == $status } $answered{$status} =~ /return (\d+)/], [$status],
        "nginx: /_problem/$status answers $status");
    my $words = [
        "V2_$set{code}", ($set{code_lower}) x 2, $marketplace{ $set{code} } // $set{code},
        $set{message}, ($set{retryable} // '') eq 'true' ? 'yes' : 'no'
    ];
    ok((grep { "@$_" eq "@$words" } @{ $says{"$status V2_$set{code}"} }),
        "nginx: $status is a row of the table, with its codes, message and retry")
        or diag "@$words";
}
my @targets = $errors =~ m{^error_page .*?/_problem/(\d+);}mg;
is_deeply([grep { !$answered{$_} } @targets], [], 'nginx: every error_page leads to an answer');
cmp_ok(scalar @targets, '>=', 10, 'the error pages are read');

done_testing;
