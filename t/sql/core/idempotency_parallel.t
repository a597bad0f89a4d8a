# Parallel requests with one Idempotency-Key: one runs, one payment, no deadlock.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt rows);
use Test::More;

my $sessions = 50;

# As C sends it: authenticate, take the key, begin, in one transaction.
sub request {
    my ($dbh, $key, $number) = @_;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->selectrow_array(q{select * from auth.authenticate_session(sha256('tok_a'), }
            . q{sha256('ses_alice'), 'payments', null)});
        my $id = value($dbh,
            q{select core.idempotency_begin('prop', 'POST', '/c', ?, '\x01', ?, 60000)}, $key,
            "w$number");
        my $payment = value($dbh,
            q{select payment_id from payments.checkout_begin('tier_25k', 'crypto', 'crypto', }
            . q{25000, 19900, 'usd', ?, 60000)}, "w$number");
        $dbh->commit;
        return "$id $payment";
    });
}

sub tally {
    my %count;
    $count{ $_->[0] =~ /^\d+ pay_/ ? 'began' : $_->[0] }++ for @_;
    return \%count;
}

my $main = session();
for my $round (1 .. 4) {
    my @results = parallel($sessions, sub { request($_[0], "k$round", $_[1]) });
    is_deeply(tally(@results), { began => 1, PU410 => $sessions - 1 },
        "keys, round $round: one request began, the others are in progress");
}
is(value($main, q{select count(*) from payments.payment}), 4, 'keys: each has one payment');
is(value($main, q{select count(*) from core.idempotency}), 4, 'keys: each has one row');

$main->do(q{update core.idempotency set lease_until = now() - interval '1 s' where key = 'k1'});
my @results = parallel($sessions, sub { request($_[0], 'k1', $_[1]) });
is_deeply(tally(@results), { began => 1, PU410 => $sessions - 1 },
    'keys: an expired lease is taken over by one request');
is(value($main, q{select count(*) from payments.payment}), 4,
    'keys: the request that takes over finds the payment that was there');

# Half of them roll back after taking the key.
@results = parallel(20, sub {
    my ($dbh, $number) = @_;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
        my $id = value($dbh,
            q{select core.idempotency_begin('prop', 'POST', '/c', 'undone', '\x01', 'w', 60000)});
        $number % 2 ? $dbh->rollback : $dbh->commit;
        return $number % 2 ? 'undone' : 'began';
    });
});
my $tally = tally(@results);
is($tally->{began}, 1, 'keys: one request begins after those that were undone');
is(($tally->{undone} || 0) + ($tally->{PU410} || 0), 19,
    'keys: the others were undone or are in progress');

# Refusals stored in parallel: one answer for all.
@results = parallel(20, sub {
    my ($dbh, $number) = @_;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
        my $body = value($dbh,
            q{select response_body from core.idempotency_store('prop', 'POST', '/c', 'bad', }
            . q{'\x01', 422, ?)}, "body $number");
        $dbh->commit;
        return $body;
    });
});
is(keys %{ tally(@results) }, 1, 'keys: parallel refusals of one key get one body');

# Settling with finish against takeovers of the same key and starts of the program that holds it:
# the documented lock order leaves no deadlock.
$main->do(q{update core.idempotency }
    . q{set state = 'open', lease_until = null, lease_holder = null where key = 'k2'});
my $payment = value($main,
    q{select id from payments.payment where idempotency_id = (select id from core.idempotency }
    . q{where key = 'k2')});
my $row = value($main, q{select id from core.idempotency where key = 'k2'});
@results = parallel(8, sub {
    my ($dbh, $number) = @_;
    my %states;
    for my $n (1 .. 60) {
        $states{ attempt($dbh, sub {
            if ($number % 4 == 0) {
                value($dbh, q{select core.program_start(?, 'payments')}, "w$number");
                return 'ok';
            }
            $dbh->begin_work;
            $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
            if ($number % 4 == 1) {
                value($dbh,
                    q{select core.idempotency_begin('prop', 'POST', '/c', 'k2', '\x01', ?, 0)},
                    'w' . (4 + 4 * ($n % 2)));
                $dbh->do(q{select pg_sleep(0.003)});
                value($dbh,
                    q{select payment_id from payments.checkout_begin('tier_25k', 'crypto', }
                    . q{'crypto', 25000, 19900, 'usd', ?, 0)}, "w4");
            } elsif ($number % 4 == 2) {
                value($dbh, q{select status from payments.checkout_unknown($1, t.lease_no($1), }
                    . q{'x', 0)}, $payment);
                $dbh->do(q{select pg_sleep(0.003)});
                value($dbh, q{select core.idempotency_release(?)}, $row);
            } elsif ($n <= 30) {
                # the others first, while it is still being created
                $dbh->do(q{select pg_sleep(0.01)});
            } elsif ($n % 2) {
                value($dbh,
                    q{select payments.payment_intent_event(null, 'pi_k2', t.metadata(?), }
                    . q{'processing', 19900, 0, 'usd', 1, null, null, null)}, $payment);
            } else {
                value($dbh,
                    q{select payment_id from payments.checkout_settle(?, 'pi_k2', 's', }
                    . q{'requires_payment_method')}, $payment);
                value($dbh, q{select core.idempotency_finish(?, 200, 'x')}, $row) if $n == 60;
            }
            $dbh->commit;
            return 'ok';
        }) }++;
    }
    return \%states;
});
my %states;
for my $result (@results) {
    ref $result->[0] or die $result->[0];
    $states{$_} += $result->[0]{$_} for keys %{ $result->[0] };
}
delete @states{qw(ok PU410 PU411)};
is_deeply(\%states, {}, 'keys: no deadlock between taking over, settling and starting');
is(value($main, q{select status from payments.payment where id = ?}, $payment), 'processing',
    'keys: the payment has the status to which it was moved');
done_testing;
