# A database with a year of postings against stripe:balance is brought to this tree while an old
# program goes on posting: sums stay, stripe:balance moves to stripe:clearing, nothing is booked
# twice.  PURSER_MIGRATION_TRANSFERS=1000000 takes as many transfers, and prints which locks were
# held how long.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../../lib", "$Bin/../lib";
use Sessions qw(session rows value attempt psql database_before);
use T::Proc qw(temp_dir spew);
use Test::More;
use Time::HiRes qw(time sleep);

my $transfers = $ENV{PURSER_MIGRATION_TRANSFERS} || 1000;
my $load = "$Bin/../../../sql/load.sql";
my $database = database_before('0029_stripe_account');
psql($database, '-f', "$Bin/ledger_0028.sql") or die "ledger_0028.sql\n";

sub connected {
    return DBI->connect("dbi:Pg:dbname=$database", $ENV{PGUSER}, '',
        { RaiseError => 1, PrintError => 0 });
}

my $dbh = connected();
$dbh->do(q{insert into core.tenant (id, slug, name, entity_hotkey, created_at)
    select 'ten_' || n, 'firm-' || n, 'Firm ' || n, '5F' || n,
        now() - interval '1 year' + n * interval '1 s'
    from generate_series(0, 5) as n});
$dbh->do('call t.year(?)', undef, $transfers);
$dbh->do('vacuum analyze');

# --- a lost dispute of before ---------------------------------------------------------------------

sub old_post {
    my ($session, $tenant, @transfer) = @_;
    return attempt($session, sub {
        $session->do(q{select set_config('purser.tenant', ?, false)}, undef, $tenant);
        return value($session, q{select ledger.post(?, ?, 'usd', ?, ?, ?)}, @transfer);
    });
}

sub disputed {
    my ($session) = @_;
    $session->do($_) for q{set session_replication_role = replica}, <<'END', <<'END', <<'END',
insert into auth."user" (id, tenant_id, email) values ('usr_1', 'ten_0', 'a@b.test')
END
insert into payments.payment (id, tenant_id, user_id, tier_id, market, asset_class, account_size,
    amount_cents, currency, status, stripe_payment_intent_id, client_secret, paid_at)
values ('pay_1', 'ten_0', 'usr_1', 'tier_25k', 'crypto', 'crypto', 25000, 19900, 'usd',
    'succeeded', 'pi_1', 's', now())
END
insert into payments.dispute (id, tenant_id, payment_id, amount_cents, currency, status,
    stripe_status, movements, lost_cents, lost_posts)
values ('du_1', 'ten_0', 'pay_1', 19900, 'usd', 'lost', 'lost', 1, 19900, 1)
END
        q{set session_replication_role = origin};
    is(old_post($session, 'ten_0', @$_), 1, "the year before: $_->[0] is posted") for
        ['challenge_payment', 'pay_1', 'stripe:balance', 'revenue:challenges', 19900],
        ['dispute_funds', 'txn_1', 'stripe:disputed', 'stripe:balance', 19900],
        ['dispute_fee', 'txn_1', 'fees:disputes', 'stripe:balance', 1500],
        ['dispute_lost', 'du_1', 'losses:disputes', 'stripe:disputed', 19900];
    return;
}

disputed($dbh);
is(value($dbh, q{select count(*) from admin.ledger_check}), 0, 'the year before: books that agree');
my $sums = q{select tenant_id, code, asset, %s as balance from ledger.account where %s
    order by tenant_id, code, asset};
my @before = rows($dbh, sprintf $sums, 'balance', q{tenant_id <> 'ten_5'});

# --- the load, with an old program and someone who looks at the locks -----------------------------

# Runs in a process of its own until the loader is gone; what it returns.
sub beside {
    my ($work) = @_;
    pipe my $from, my $to or die "pipe: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        close $from;
        my $answer = eval { $work->() } // "died: $@";
        print {$to} $answer;
        close $to;
        require POSIX;
        POSIX::_exit(0);
    }
    close $to;
    return sub { my $text = do { local $/; readline $from }; waitpid $pid, 0; return $text };
}

my $end = temp_dir('load') . '/ended';

# "posted, SQLSTATEs, the longest wait"
sub old_program {
    my $session = connected();
    my ($posted, $longest, %raised) = (0, 0);
    for (my $n = 0; !-e $end; $n++) {
        my $begun = time;
        my $answer = old_post($session, 'ten_5', 'challenge_payment', "pay_$n", 'stripe:balance',
            'revenue:challenges', 100);
        $longest = time - $begun if time - $begun > $longest;
        if ($answer eq '1') { $posted++ } else { $raised{$answer}++ }
        sleep 0.01;
    }
    return sprintf '%d,%s,%.2f', $posted, join(' ', sort keys %raised), $longest;
}

# Seconds that a table's lock was held against readers or writers, by transaction and table.
sub locks {
    my $session = connected();
    my (%first, %last);
    until (-e $end) {
        my $now = time;
        for my $lock (rows($session, <<'END')) {
select l.virtualtransaction || ' ' || c.oid::regclass || ' ' || l.mode as name
from pg_locks l
join pg_class c on c.oid = l.relation and c.relkind = 'r' and c.oid > 16383
where l.granted and l.locktype = 'relation' and l.mode in ('ShareLock', 'ShareRowExclusiveLock',
    'ExclusiveLock', 'AccessExclusiveLock') and l.database = (
        select oid from pg_database where datname = current_database())
END
            $first{ $lock->{name} } ||= $now;
            $last{ $lock->{name} } = $now;
        }
        sleep 0.01;
    }
    return join '', map { sprintf "%6.2f s %s\n", $last{$_} - $first{$_}, $_ }
        sort { $first{$a} <=> $first{$b} } keys %first;
}

my ($program, $locks) = (beside(\&old_program), beside(\&locks));
sleep 0.2;
my $begun = time;
ok(psql($database, '-f', $load), 'the load: it ends without errors');
my $seconds = time - $begun;
spew($end, '');
my ($posted, $raised, $longest) = split /,/, $program->(), -1;
my $held = $locks->();
diag sprintf "%d transfers: the load took %.1f s; an old program posted %d, waited %.2f s at most, "
    . "then got %s; locks:\n%s", $transfers, $seconds, $posted, $longest, $raised, $held
    if $transfers > 1000;

# --- what is there now ----------------------------------------------------------------------------

cmp_ok($posted, '>', 0, 'an old program: it posts until the migration');
unlike($raised, qr/died|40P01|57014|PU/, "an old program: then its calls fail at once ($raised)");
is(value($dbh, q{select count(*) from ledger.transfer t where t.tenant_id = 'ten_5'
    and t.kind <> 'opening'}), $posted, 'an old program: what it posted is there, and no more');

my $amounts = q{(select coalesce(sum(e.amount), 0) from ledger.entry e join ledger.transfer t
    on t.tenant_id = e.tenant_id and t.id = e.transfer_id where e.tenant_id = account.tenant_id
        and e.account_id = account.id%s)};
is_deeply([rows($dbh, sprintf $sums, sprintf($amounts, q{ and t.kind <> 'opening'}),
    q{tenant_id <> 'ten_5' and code <> 'stripe:clearing'})], \@before,
    'the migration: what was posted before has its sums');
is_deeply([rows($dbh, sprintf $sums, sprintf($amounts, ''),
    q{tenant_id <> 'ten_5' and code like 'stripe:%' and code <> 'stripe:disputed'})],
    [map { my $row = $_; ({ %$row, balance => 0 }, { %$row, code => 'stripe:clearing' }) }
        grep { $_->{code} eq 'stripe:balance' } @before],
    'the migration: stripe:balance begins with zero, stripe:clearing has what it had');
is(value($dbh, q{select count(*) from ledger.account where balance is not null}), 0,
    'the migration: no account keeps a balance');
is(value($dbh, q{select count(*) from ledger.balance_v b join ledger.account a using (tenant_id)
    where a.id = b.account_id and b.balance <> 0 and a.owner <> case when a.code like 'stripe:%'
        then 'default' else '' end}), 0, q{the migration: accounts at Stripe belong to 'default'});

# --- the dispute is read again --------------------------------------------------------------------

sub dispute_event {
    my ($status, @amounts) = @_;
    my $n = 0;
    my $moves = join ',', map { sprintf '{"id": "txn_%d", "amount": %d, "fee": %d, '
        . '"currency": "usd", "type": "adjustment", "created": 1700000000}', ++$n, $_,
        $n == 1 ? 1500 : 0 } @amounts;
    return value($dbh, q{select payments.dispute_event(null, ?)}, qq({"id": "du_1",
        "payment_intent": "pi_1", "amount": 19900, "currency": "usd", "status": "$status",
        "balance_transactions": [$moves]}));
}
my $count = q{select count(*) from ledger.transfer where tenant_id = 'ten_0'};
my $all = value($dbh, $count);
is(dispute_event('lost', -19900), 'applied', 'a lost dispute of before: its event comes again');
is(value($dbh, $count), $all, 'a lost dispute of before: the event posts nothing twice');
is(dispute_event('won', -19900, 19900), 'applied', 'a lost dispute of before: it is won on appeal');
is(value($dbh, $count), $all + 2, 'a lost dispute of before: what came back is posted');
is(value($dbh, q{select count(*) from ledger.balance_v where tenant_id = 'ten_0' and balance <> 0
    and code in ('losses:disputes')}), 0, 'a lost dispute of before: the loss is gone');

is(value($dbh, q{select sum(balance) from ledger.balance_v}), 0, 'the ledger sums to zero');
ok(psql($database, '-f', $load), 'the load again: it ends without errors');
is(value($dbh, $count), $all + 2, 'the load again: nothing is moved twice');

# --- a payment of before is reconciled ------------------------------------------------------------

my $open = q{select count(*) from ledger.clearing_open_v where tenant_id = 'ten_0'
    and coalesce(object_id, 'pi_1') = 'pi_1'};
is(value($dbh, $open), 1, 'a payment of before: it waits for its balance transaction');
$dbh->do(q{select reconciliation.balance_transaction_receive('default', '[{"id": "txn_9",
    "type": "charge",
    "amount": 19900, "fee": 600, "net": 19300, "currency": "usd", "created": 1700000000,
    "available_on": 1700000000, "source": {"object": "charge", "id": "ch_1", "amount": 19900,
    "currency": "usd", "payment_intent": "pi_1"}}]')});
is(value($dbh, $open), 0, 'a payment of before: nothing of it is open once that is read');
$dbh->disconnect;
session()->do("drop database $database");
done_testing;
