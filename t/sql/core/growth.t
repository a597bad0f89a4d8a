# Protects: no claim, list, look-up or prune reads rows that are dead for it: abandoned, final,
# ended, expired ones, and those of a firm whose key is gone.  t/bench/growth measures the same.
use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/../../bench/lib", "$Bin/../../lib";

use JSON::PP qw(decode_json);
use Test::More;
use Bench::Cases;
use Bench::Rows;
use T::Postgres;

my $ROWS = 3000;    # in each state of each table: 60 pages at least
my $MORE = 50;      # pages, beside a factor of 2: deeper indexes

my $postgres = T::Postgres->shared;
my $database = $postgres->database;
my $dbh = $postgres->dbh($database);
Bench::Rows::base($dbh);
my @all = Bench::Cases::of($dbh);
is(join(' ', Bench::Cases::unmeasured($dbh, @all)), '',
    'each claim, list, look-up, prune and view of the catalog has a case in Bench::Cases');

# The pages that a statement reads when it runs for the second time.
sub pages {
    my ($session, $sql) = @_;
    my $plan;
    for (1 .. 2) {
        $session->begin_work;
        ($plan) = $session->selectrow_array("explain (analyze, buffers, format json) $sql");
        $session->rollback;
    }
    $plan = decode_json($plan)->[0]{Plan};
    return $plan->{'Shared Hit Blocks'} + $plan->{'Shared Read Blocks'};
}

sub all_pages {
    my $session = $postgres->dbh($database);
    Bench::Cases::as_programs($session);
    return map { ($_->[1] => pages($session, $_->[2])) } grep { $_->[0] ne 'view' } @all;
}

my %before = all_pages();
Bench::Rows::dead($dbh, $ROWS, sub { });
$dbh->do('vacuum analyze');
my %after = all_pages();
cmp_ok(scalar keys %after, '>', 40, 'the claims, lists and look-ups are measured');
is(join("\n", map { "$_: $before{$_} pages, then $after{$_}" }
        grep { $after{$_} > 2 * $before{$_} + $MORE } sort keys %after), '',
    'none of them reads dead rows');

done_testing;
