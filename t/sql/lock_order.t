# Disputes, refunds, readings of PaymentIntents, transfers, estimates, requests and Stripe's balance
# transactions, all at once on the same few accounts: no two ever wait for each other.
# PURSER_STRESS_SECONDS=600 goes on for longer, PURSER_SEED repeats what each session draws.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session parallel rows value attempt);
use JSON::PP;
use Test::More;

my $seconds = $ENV{PURSER_STRESS_SECONDS} || 20;
my $seed = $ENV{PURSER_SEED} || 20261129;
my ($accounts, $sessions) = (3, 12);
my $json = JSON::PP->new->canonical;
my $main = session();
$main->do(q{set search_path = public});
{
    open my $in, '<', "$Bin/lib/payouts.sql" or die "payouts.sql: $!";
    local $/;
    $main->do(scalar <$in>);
}

# In a transaction of its own, as alice; the first column, or the SQLSTATE.
sub as_alice {
    my ($dbh, $sql, @bind) = @_;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select t.act('usr_alice')});
        my $answer = value($dbh, $sql, @bind);
        $dbh->commit;
        return $answer;
    });
}

sub as_job {
    my ($dbh, $sql, @bind) = @_;
    return attempt($dbh, sub { value($dbh, $sql, @bind) });
}

my $payee = as_alice($main, q{select t.payee('usr_alice', 'acct_1')});
my @account = map {
    my $payment = as_alice($main, q{select t.paid(?)}, "pi_$_");
    my $id = as_alice($main, q{select t.account_of(?)}, $payment);
    as_alice($main, q{select payments.provision_settle(?, 1, ?, 'h')}, $id, "uuid-$id");
    as_alice($main, q{select t.estimate(?, 1000)}, $id);
    { number => $_, payment => $payment, id => $id };
} 1 .. $accounts;

# Paid for, and due at the job that makes their subaccounts.
as_alice($main, q{select t.paid(?)}, "pi_new_$_") for 1 .. $accounts;

# --- what happens at once -------------------------------------------------------------------------

sub one { return $_[rand @_] }

# An event that is received before it is applied.
sub event {
    my ($dbh, $account) = @_;
    my $id = 'evt_' . join '', map { int rand 10 } 1 .. 12;
    as_job($dbh, q{select t.event(?, ?)}, $id, "pi_$account->{number}");
    return $id;
}

sub payout_of {
    my ($dbh, $account) = @_;
    return rows($dbh, q{select id, status, amount_cents, attempt, stripe_transfer_id
        from payouts.payout where account_id = ? order by random() limit 1}, $account->{id});
}

# A transfer of one of its payouts, now and then one that is not, now and then one that came back.
sub transfer {
    my ($dbh, $account) = @_;
    my ($payout) = payout_of($dbh, $account) or return 'nothing';
    my $id = $payout->{stripe_transfer_id} || "tr_$payout->{id}";
    $id .= 'x' if rand() < 0.05;
    my $back = rand() < 0.2 ? $payout->{amount_cents} : 0;
    return as_alice($dbh, q{select payouts.transfer_event(?, t.transfer(?, ?, ?)
        || jsonb_build_object('amount_reversed', ?::int), jsonb_path_query_array(
            jsonb_build_array(t.reversal('trr_' || ?, ?)), '$[*] ? (@.amount > 0)'))},
        one(undef, event($dbh, $account)), $id, @$payout{qw(id amount_cents)}, $back, $id, $back);
}

my $total = 1000;
my %do = (
    dispute => sub {
        my ($dbh, $account) = @_;
        my $number = one('', 'new_') . $account->{number};
        return as_job($dbh, q{select payments.dispute_event(?, t.dispute(?, ?, ?, variadic
            ?::bigint[]))}, one(undef, event($dbh, $account)), "du_${number}_" . int rand 4,
            "pi_$number", one(qw(needs_response under_review won lost)),
            one('{}', '{-19900}', '{-19900,19900}'));
    },
    refund => sub {
        my ($dbh, $account) = @_;
        my @refunds = map { { id => "re_$account->{number}_$_", amount => 100, currency => 'usd',
            status => one(qw(pending succeeded failed)) } } 1 .. 1 + rand 40;
        return as_job($dbh, q{select payments.refund_event(?, ?, ?)},
            one(undef, event($dbh, $account)), "pi_$account->{number}", $json->encode(\@refunds));
    },
    intent => sub {
        my ($dbh, $account) = @_;
        my $other = rand() < 0.1 ? 'second' : '';
        return as_job($dbh, q{select t.intent(?, ?, 'succeeded', p_payment => ?)},
            one(undef, event($dbh, $account)), "pi_$other$account->{number}", $account->{payment});
    },
    estimate => sub {
        my ($dbh, $account) = @_;
        return as_alice($dbh, q{select t.read(?, ?, ?)}, $account->{id}, $total += int rand 300,
            one(qw(funded evaluation)));
    },
    request => sub {
        my ($dbh, $account) = @_;
        as_alice($dbh, q{select payments.lifecycle_sync(?, 'funded')}, $account->{id});
        as_alice($dbh, q{select payments.suspension_set(account_id, kind, source, false)
            from payments.suspension where account_id = ? and lifted_at is null}, $account->{id});
        return as_alice($dbh, q{select t.request(?, ?)}, $account->{id}, $total += int rand 3000);
    },
    submit => sub {
        my ($dbh, $account) = @_;
        my ($payout) = payout_of($dbh, $account) or return 'nothing';
        return as_alice($dbh, q{select t.submit(?)}, $payout->{id}) if rand() < 0.5;
        return as_alice($dbh, q{select next_step from payouts.payout_read($1, 'funded', t.total($2),
            t.weeks($2), null, t.now_ms(), 'api', 30000, jsonb_build_array(jsonb_build_object(
            'id', 'acct_1', 'account', t.acct('acct_1', $3))))}, $payout->{id},
            $total += int rand 300, one(qw(active restricted)));
    },
    end => sub {
        my ($dbh, $account) = @_;
        my ($payout) = payout_of($dbh, $account) or return 'nothing';
        my ($sql, @more) = @{ one(['payout_cancel(?)'], ['payout_retry(?)'],
            [q{payout_refuse(?, ?, 'no', 'no')}, $payout->{attempt}],
            [q{payout_unknown(?, ?, 'x', 0)}, $payout->{attempt}]) };
        return as_alice($dbh, "select (payouts.$sql).status", $payout->{id}, @more);
    },
    transfer => \&transfer,
    settle => sub {
        my ($dbh, $account) = @_;
        my ($payout) = payout_of($dbh, $account) or return 'nothing';
        return as_alice($dbh, q{select (payouts.payout_settle(?, t.transfer(?, ?, ?))).status},
            $payout->{id}, "tr_$payout->{id}", @$payout{qw(id amount_cents)});
    },
    provision => sub {
        my ($dbh, $account) = @_;
        return as_alice($dbh, q{select payments.provision_settle(?, 1, ?, 'h')}, $account->{id},
            "uuid-$account->{id}") if rand() < 0.5;
        return as_job($dbh, q{select count(*) from payments.provision_claim('job', 0, 0)});
    },
    balance => sub {
        my ($dbh, $account) = @_;
        my ($payout) = payout_of($dbh, $account);
        my @page = map { balance_transaction(@$_) } ["re_$account->{number}_1", 'refund', -100],
            ["pi_$account->{number}", 'charge', 19900], ['tp_1', 'payout', -500],
            $payout ? ["tr_$payout->{id}", 'transfer', -$payout->{amount_cents}] : ();
        return as_job($dbh, q{select reconciliation.balance_transaction_receive('default', ?)},
            $json->encode(\@page));
    },
    claim => sub {
        my ($dbh) = @_;
        my ($id) = rows($dbh, q{select id from stripe_events.event_claim('job', 60000, 5)});
        return $id ? as_job($dbh, q{select core.leases_return('job')}) : 'nothing';
    },
    buy => sub { as_alice($_[0], q{select t.paid(?)}, 'pi_bought_' . rand) },
    payee => sub {
        return as_alice($_[0], q{select connect.account_settle(?, t.acct('acct_1', ?), t.now_ms())},
            $payee, one(qw(active active active restricted)));
    },
    resolve => sub { as_job($_[0], q{select t.resolve()}) },
    operate => sub {
        my ($dbh, $account) = @_;
        my ($payout) = payout_of($dbh, $account) or return 'nothing';
        my ($what, @of) = @{ one((map { [$_, $payout->{id}] } qw(release_payout retry_payout)),
            (map { [$_, $account->{id}] } qw(suspend_account restore_account)),
            (map { [$_, 'acme', $payout->{id}] } qw(reowe_payout cancel_payout))) };
        return as_job($dbh, sprintf("select admin.$what(%s, 'stress', false)",
            join ', ', map { '?' } @of), @of);
    },
);

sub balance_transaction {
    my ($source, $object, $amount) = @_;
    my $charge = $object eq 'charge';
    return { id => 'txn_' . join('', map { int rand 10 } 1 .. 9), type => $object,
        amount => $amount, fee => $charge ? 607 : 0, net => $amount - ($charge ? 607 : 0),
        currency => 'usd', created => 1700000000, available_on => 1700000000,
        source => { id => $charge ? "ch_$source" : $source, object => $object, currency => 'usd',
            amount => abs $amount, $charge ? (payment_intent => $source) : () } };
}

my @done = map { @$_ } parallel($sessions, sub {
    my ($dbh, $number) = @_;
    srand $seed + $number;
    my $end = time + $seconds;
    my %count;
    while (time < $end) {
        my $what = one(sort keys %do);
        my $answer = $do{$what}->($dbh, one(@account)) // 'null';
        $answer = 'done' if $answer !~ /^(?:[0-9A-Z]{5}|nothing)$/;
        $count{"$what $answer"}++;
    }
    return \%count;
});

# --- nothing waited in a circle -------------------------------------------------------------------

my %count;
for my $of (@done) {
    die $of if !ref $of;
    $count{$_} += $of->{$_} for keys %$of;
}
diag join "\n", map { "$_: $count{$_}" } sort keys %count if $ENV{PURSER_STRESS_SECONDS};
is(value($main, q{select deadlocks from pg_stat_database where datname = current_database()}), 0,
    'all at once: PostgreSQL broke no deadlock');
is(join(' ', grep { / [0-9A-Z]{5}$/ && !/ PU4/ } sort keys %count), '',
    'all at once: nothing is raised but what a client is told');
is(join(' ', grep { !$count{"$_ done"} } sort keys %do), '',
    'all at once: each of them succeeds now and then');
is(join("\n", map { join ' ', map { $_ // '-' } @$_{qw(problem object_id detail)} }
    rows($main, q{select * from admin.ledger_check})), '',
    'all at once: the ledger check is empty');
done_testing;
