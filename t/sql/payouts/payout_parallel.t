# Many sessions at once: what is owed is taken once, a payout settles once, and nothing deadlocks.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt rows);
use Test::More;

my $main = session();
$main->do(q{set search_path = public});
{
    open my $in, '<', "$Bin/../lib/payouts.sql" or die "payouts.sql: $!";
    local $/;
    $main->do(scalar <$in>);
}

sub as_user {
    my ($dbh, $user, $sql, @bind) = @_;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select auth.assume('ten_a', ?)}, undef, $user);
        my $answer = value($dbh, $sql, @bind);
        $dbh->commit;
        return $answer;
    });
}

sub made { my (@args) = @_; return as_user($main, @args) }

made('usr_alice', q{select t.payee('usr_alice', 'acct_1')});
my @accounts = map { made('usr_alice', q{select t.prop('usr_alice')}) } 1 .. 3;

# 40 sessions, each after all three accounts, on valuations that rise and fall.  Each waits a little
# between reading and taking, as a slow machine would.
made('usr_alice', q{select t.estimate(?, 1000)}, $_) for @accounts;
$main->do(q{create function t.slowly() returns trigger language plpgsql as 'begin perform }
    . q{pg_sleep(0.02); return new; end'});
$main->do(q{create trigger slowly before insert on payouts.payout for each row execute function }
    . q{t.slowly()});
my @results = map { [$_] } map { @$_ } parallel(40, sub {
    my ($dbh, $number) = @_;
    return map { as_user($dbh, 'usr_alice', q{select t.request(?, ?)},
        $accounts[($number + $_) % 3], 1000 + ($number + $_) % 5 % 2) } 0 .. 2;
});
$main->do(q{drop trigger slowly on payouts.payout});
my @taken = grep { defined && /^po_/ } map { $_->[0] } @results;
is(scalar @taken, 3, 'payouts at once: each account gets one');
is(value($main, q{select count(*) from payouts.payout where status = 'pending'}), 3,
    'payouts at once: there are no more rows');
is(value($main, q{select count(*) from payouts.estimate where committed_cents > highest_cents }
    . q{or committed_cents = 0}), 0, 'payouts at once: each is of what was earned');
is(value($main,
    q{select -balance from ledger.balance_v
        where tenant_id = 'ten_a' and code = 'payables:traders'}),
    value($main, q{select sum(amount_cents) from payouts.payout}),
    'payouts at once: the amounts are booked as owed');

# The maximum of a day holds for submits at once: each counts what the others send.
$main->do(q{update core.tenant set payout_day_maximum_cents = 2500 where id = 'ten_a'});
$main->do(q{create trigger slowly before update on payouts.payout for each row execute function }
    . q{t.slowly()});
parallel(6, sub {
    my ($dbh, $number) = @_;
    return as_user($dbh, 'usr_alice', q{select t.submit(?)}, $taken[$number % 3]);
});
$main->do(q{drop trigger slowly on payouts.payout});
is(value($main, q{select count(*) from payouts.payout where status = 'processing'}), 2,
    'submits at once: two of three are within the maximum of a day');
$main->do(q{update core.tenant set payout_day_maximum_cents = null where id = 'ten_a'});

# Begin, settle, refuse, retry, cancel and new requests on the same payouts, all at once.
$_ and made('usr_alice', q{select t.submit(?)}, $_) for @taken;
@results = parallel(48, sub {
    my ($dbh, $number) = @_;
    my $id = $taken[$number % 3];
    my $cents = value($dbh, q{select amount_cents from payouts.payout where id = ?}, $id);
    my $do = $number % 8;
    return as_user($dbh, 'usr_alice', $do < 3
        ? (q{select (payouts.payout_settle(?, t.transfer('tr_' || ?, ?, ?))).status}, $id, $id,
            $id, $cents)
        : $do == 3 ? (q{select t.submit(?)}, $id)
        : $do == 4 ? (q{select payouts.transfer_event(null, t.transfer('tr_' || ?, ?, ?))}, $id,
            $id, $cents)
        : $do == 5 ? (q{select (payouts.payout_unknown(?, 1, 'x', 0)).status}, $id)
        : $do == 6 ? (q{select (payouts.payout_cancel(?)).status}, $id)
        : (q{select t.request(?, 2000)}, $accounts[$number % 3]));
});
my @odd = grep { /^[0-9A-Z]{5}$/ && !/^PU4/ } map { $_->[0] // 'nothing' } @results;
is("@odd", '', 'submits at once: no deadlock, no violation');
is(value($main, q{select count(*) from payouts.payout where status = 'paid'}), 3,
    'submits at once: each payout is paid');
is(value($main, q{select count(*) from ledger.transfer where kind = 'trader_payout_paid'}), 3,
    'submits at once: each payout is booked once');
is(value($main, q{select count(*) from webhooks.outbox where type = 'payout.completed'}), 3,
    'submits at once: the outbox has each payout once');
is(value($main, q{select count(*) from admin.ledger_check}), 0, 'the ledger check is empty');

# One unfinished account of a country, whoever asks.
@results = parallel(30, sub {
    my ($dbh, $number) = @_;
    return as_user($dbh, 'usr_carol',
        q{select account_id from connect.account_begin(?, 'US', 'api', 1000)},
        $number % 2 ? 'US' : 'GB');
});
my %ids = map { ($_->[0] // 'nothing' => 1) } @results;
is(scalar keys %ids, 2, '30 Connect calls for two countries make two accounts');

done_testing;
