# One PaymentIntent applied by many sessions at once: one account, one booking, no deadlock.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt rows);
use Test::More;

my $main = session();

sub applied {
    my ($dbh, $event, $intent, $payment) = @_;
    return attempt($dbh, sub {
        value($dbh, q{select payments.payment_intent_event(?, ?, t.metadata(?), 'succeeded', }
            . q{19900, 19900, 'usd', 1000, null, null, null)}, $event, $intent, $payment);
    });
}

my $payment = value($main, q{select t.begin('usr_alice')});
$main->do(q{select t.event('evt_' || n) from generate_series(1, 50) as n});
my @results = parallel(50, sub { applied($_[0], "evt_$_[1]", 'pi_1', $payment) });
is_deeply([grep { $_->[0] ne 'applied' } @results], [], '50 events of one success are all applied');
is(value($main, q{select count(*) from payments.prop_account}), 1,
    '50 events of one success make one account');
is(value($main, q{select count(*) from ledger.transfer}), 1,
    '50 events of one success make one transfer');
is(value($main, q{select count(*) from webhooks.outbox}), 1,
    '50 events of one success make one event in the outbox');
is(value($main, q{select count(*) from stripe_events.event where state = 'applied'}), 50,
    'all 50 events of one success are marked as applied');

# Success, settling, refunds, disputes and refusals of one payment at once.
$payment = value($main, q{select t.begin('usr_alice')});
@results = parallel(24, sub {
    my ($dbh, $number) = @_;
    my $kind = $number % 6;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
        my $answer = $kind == 0 ? applied($dbh, undef, 'pi_2', $payment)
            : $kind == 1 ? value($dbh,
                q{select status from payments.checkout_settle(?, 'pi_2', 'secret', }
                . q{'requires_payment_method')}, $payment)
            : $kind == 2 ? value($dbh,
                q{select payments.refund_event(null, 'pi_2', jsonb_build_array(t.refund('re_1', }
                . q{19900)))})
            : $kind == 3 ? value($dbh,
                q{select payments.dispute_event(null, t.dispute('du_1', 'pi_2', 'needs_response', }
                . q{-19900))})
            : $kind == 4 ? value($dbh,
                q{select status from payments.checkout_unknown($1, t.lease_no($1), 'silence', 0)},
                $payment)
            : value($dbh,
                q{select payments.payment_intent_event(null, 'pi_2', t.metadata(?), 'processing', }
                . q{19900, 0, 'usd', 999, null, null, null)}, $payment);
        $dbh->commit;
        return $answer;
    });
});
is_deeply([grep { $_->[0] =~ /^\d{2}[0-9A-Z]{3}$|^PU|^died/ } @results], [],
    'checkout and events at once: nothing was raised');
is(value($main, q{select t.status_of(?)}, $payment) =~ /^succeeded (provisioning|suspended)$/, 1,
    'checkout and events at once: the payment is paid, with an account');
is(value($main, q{select client_secret from payments.payment where id = ?}, $payment), 'secret',
    'checkout and events at once: the secret is known, whoever was first');
is(value($main, q{select count(*) from payments.prop_account}), 2,
    'checkout and events at once: each payment has one account');

# Many payments at once share the ledger's accounts.
@results = parallel(10, sub {
    my ($dbh, $number) = @_;
    for my $n (1 .. 20) {
        my $id = value($dbh, q{select t.begin('usr_alice')});
        my $outcome = applied($dbh, undef, "pi_m${number}_$n", $id);
        return $outcome if $outcome ne 'applied';
        my $refund = attempt($dbh, sub {
            value($dbh, q{select payments.refund_event(null, ?, jsonb_build_array(t.refund(?, 5)))},
                "pi_m${number}_$n", "re_m${number}_$n");
        });
        return $refund if $refund ne 'applied';
        for my $moves (([q{'needs_response', -19900}, q{'lost', -19900}],
            [q{'lost', -19900}])[$n % 2]->@*) {
            my $dispute = attempt($dbh, sub {
                value($dbh, "select payments.dispute_event(null, t.dispute(?, ?, $moves))",
                    "du_m${number}_$n", "pi_m${number}_$n");
            });
            return $dispute if $dispute ne 'applied';
        }
    }
    return 'done';
});
is_deeply([map { $_->[0] } grep { $_->[0] ne 'done' } @results], [],
    '200 payments, refunds and disputes by 10 sessions: no deadlock');
is(value($main, q{select balance from ledger.balance_v where code = 'revenue:challenges'}),
    -202 * 19900, 'the revenue is that of all payments');
is_deeply([rows($main, q{select * from admin.ledger_check})], [], 'the ledger check is empty');
is_deeply([rows($main, q{select * from admin.reconciliation() where difference <> 0})], [],
    'rows and ledger agree');
done_testing;
