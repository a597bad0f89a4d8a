# Many operators at once, and Stripe's refunds beside them: no more is asked for than was paid, each
# intent settles once, what is adopted is not refunded out of suspense, and nothing deadlocks.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt);
use Test::More;
use Time::HiRes qw(sleep);

my $main = session();
$main->do(q{set search_path = public});

# One statement as one transaction of alice's; its answer or the SQLSTATE.
sub as_alice {
    my ($dbh, $sql, @bind) = @_;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
        my $answer = value($dbh, $sql, @bind);
        $dbh->commit;
        return $answer;
    });
}

my $ask = q{select substring(admin.refund('acme', ?, ?, 'why', false) from 'rfi_[0-9a-f]+')};
my $pay = as_alice($main, q{select t.paid('pi_1')});

# 24 times 3000 of 19900, while Stripe shows a refund of 2000 that somebody made at its dashboard.
my @answers = map { $_->[0] } parallel(24, sub {
    my ($dbh, $number) = @_;
    return as_alice($dbh, $ask, $pay, 3000) if $number % 6;
    return as_alice($dbh, q{select payments.refund_event(null, 'pi_1',
        jsonb_build_array(t.refund('re_dash', 2000)))});
});
my @intents = grep { /^rfi_/ } @answers;
is(join(' ', grep { !/^(?:rfi_.*|applied|PU422)$/ } @answers), '',
    'refunds at once: each is asked for, or more than is left');
my $left = 19_900 - 2000 - 3000 * @intents;
cmp_ok($left, '>=', -2000, 'refunds at once: no more is asked for than was paid');
is(value($main, q{select sum(amount_cents) from payments.refund_intent}), 3000 * @intents,
    'refunds at once: each answer is an intent');

# The answer, the event and a refusal of each intent.
my $made = q{t.refund('re_' || ?, 3000) || jsonb_build_object('metadata', t.metadata(?))};
@answers = map { $_->[0] } parallel(30, sub {
    my ($dbh, $number) = @_;
    my $id = $intents[$number % @intents];
    my $do = $number % 5;
    return as_alice($dbh, $do < 2 ? (qq{select payments.refund_settle(?, $made)}, $id, $id, $id)
        : $do == 2 ? (qq{select payments.refund_event(null, 'pi_1', jsonb_build_array($made))},
            $id, $id)
        : $do == 3 ? (q{select payments.refund_refuse(?, 0, 'x', 'x')}, $id)
        : (q{select payments.refund_unknown(?, 0, 'x', 0)}, $id));
});
is(join(' ', grep { /^[0-9A-Z]{5}$/ } @answers), '', 'settles at once: no deadlock, no error');
as_alice($main, qq{select payments.refund_settle(?, $made)}, $_, $_, $_) for @intents;
is(value($main, q{select string_agg(distinct status, ' ') from payments.refund_intent}), 'settled',
    'settles at once: each intent is settled');
is(value($main, q{select count(*) from ledger.transfer where kind = 'challenge_refund'}),
    @intents + 1, 'settles at once: each refund is booked once');
is(value($main, q{select count(*) from core.exception where resolved_at is null}), 0,
    'settles at once: no exception is left of a refund that was made');

# A second PaymentIntent is adopted while Stripe refunds it.
for my $n (1 .. 6) {
    my $other = as_alice($main, q{select t.second_intent('pi_a' || ?, 'pi_b' || ?)}, $n, $n);
    @answers = map { $_->[0] } parallel(6, sub {
        my ($dbh, $number) = @_;
        return $number % 2 ? as_alice($dbh, q{select admin.adopt('acme', 'pi_b' || ?, ?, 'why',
            false)}, $n, $other)
            : as_alice($dbh, q{select payments.refund_event(null, 'pi_b' || ?,
                jsonb_build_array(t.refund('re_b' || ?, 19900)))}, $n, $n);
    });
    is(join(' ', grep { /^[0-9A-Z]{5}$/ && !/^PU4/ } @answers), '',
        "adopted and refunded at once, $n: no deadlock");
    as_alice($main, q{select payments.refund_event(null, 'pi_b' || ?,
        jsonb_build_array(t.refund('re_b' || ?, 19900)))}, $n, $n);
}

# The refund is seen before the adoption is committed.
my $held = as_alice($main, q{select t.second_intent('pi_c', 'pi_d')});
my ($adopted, $refunded) = map { $_->[0] } parallel(2, sub {
    my ($dbh, $number) = @_;
    return as_alice($dbh, q{select admin.adopt('acme', 'pi_d', ?, 'why', false) || pg_sleep(1)},
        $held) if $number == 1;
    sleep 0.4;
    return as_alice($dbh, q{select payments.refund_event(null, 'pi_d',
        jsonb_build_array(t.refund('re_d', 19900)))});
});
is($refunded, 'parked', 'a refund during an adoption waits, and is applied to the payment later');
as_alice($main, q{select payments.refund_event(null, 'pi_d',
    jsonb_build_array(t.refund('re_d', 19900)))});
is(value($main, q{select kind from ledger.transfer where source = 're_d'}), 'challenge_refund',
    'a refund during an adoption is booked as one of the payment');

is(value($main, q{select coalesce(sum(balance), 0) from ledger.balance_v
    where tenant_id = 'ten_a' and code in ('suspense:payments')}), 0,
    'adopted and refunded at once: nothing is left in suspense');
is(value($main, q{select count(*) from (select t.source from ledger.transfer t
    where t.kind in ('challenge_refund', 'payment_unexpected_refund')
    group by t.source having count(*) > 1) as twice}), 0,
    'adopted and refunded at once: no refund is booked twice');
is(value($main, q{select count(*) from admin.ledger_check}), 0, 'the ledger check is empty');
done_testing;
