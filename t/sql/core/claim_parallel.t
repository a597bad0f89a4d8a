# Four sessions that claim at once never get the same row, and together get all.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value rows);
use Test::More;

my $main = session();
$main->do(q{select t.event('evt_' || n) from generate_series(1, 400) as n});
for my $n (1 .. 60) {
    value($main, q{select t.begin('usr_alice')});
    value($main, q{select t.open('usr_alice', ?)}, "pi_open$n");
    value($main, q{select t.paid(?)}, "pi_paid$n");
}
$main->do('update stripe_events.bookmark set due_at = now()');
$main->do(q{update payments.payment set lease_until = null, next_run_at = now() }
    . q{where status = 'creating'});

my %claim = (
    'stripe events' => [400, q{select id from stripe_events.event_claim(?, 60000, 7)}],
    'checkouts' => [60, q{select payment_id from payments.checkout_claim(?, 60000)}],
    'payments to reconcile' => [60,
        q{select payment_id from payments.payment_intent_claim(?, 60000, 0)}],
    'accounts' => [60, q{select account_id from payments.provision_claim(?, 60000, 1000)}],
    'the backfill' => [1, q{select 'one' from stripe_events.backfill_claim(?, 60000, 3600, 0)}],
);
for my $what (sort keys %claim) {
    my ($expected, $sql) = @{ $claim{$what} };
    my @results = parallel(4, sub {
        my ($dbh, $number) = @_;
        my ($empty, @ids) = (0);
        while ($empty < 3) {    # a row that another one has locked is skipped: look again
            my $found = $dbh->selectcol_arrayref($sql, undef, "w$number");
            $empty = @$found ? 0 : $empty + 1;
            push @ids, @$found;
        }
        return @ids;
    });
    my %seen;
    $seen{$_}++ for map { @$_ } @results;
    is(scalar(keys %seen), $expected, "$what: all rows are claimed");
    is_deeply([grep { $seen{$_} > 1 } keys %seen], [], "$what: no row is claimed twice");
}
is(value($main, q{select count(distinct lease_holder) > 1 from stripe_events.event}), 1,
    'claims: more than one holder had work');
done_testing;
