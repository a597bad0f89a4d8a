# Protects: migration 0032 on a database with disputes and reversals that were booked before it:
# what is posted becomes rows, once, and payouts that came back whole are reversed.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib";
use Test::More;
use T::Postgres;
use T::Proc qw(temp_dir slurp);

my $sql = "$Bin/../../sql";
my $dir = temp_dir('upgrade');
my $postgres = T::Postgres->shared;
my $name = "upgrade_$$";
$postgres->command("create database $name");

sub run {
    my ($file, $text) = @_;
    open my $out, '>', "$dir/$file" or die "$dir/$file: $!";
    print {$out} $text;
    close $out or die "$dir/$file: $!";
    return $postgres->psql_file($name, "$dir/$file");
}

# The migrations before 0032, and rows as the functions of then left them.
my $load = slurp("$sql/load.sql") =~ s{^\\ir }{\\i $sql/}mgr;
my ($before) = $load =~ /\A(.*?)^\\set name 0032_movements$/ms;
run('before.sql', $before);
run('rows.sql', <<'SQL');
set session_replication_role = replica;
insert into core.tenant (id, slug, name)
values ('ten_a', 'acme', 'Acme'), ('ten_b', 'beta', 'Beta');
insert into core.stripe_account (tenant_id, name) values ('ten_a', 'default')
on conflict do nothing;
insert into ledger.code (code, owner_kind, meaning)
select c, 'tenant', 'x'
from unnest('{stripe:balance,stripe:disputed,losses:disputes,stripe:clearing}'::text[]) as c
on conflict do nothing;
insert into ledger.asset (code, exponent, kind)
values ('usd', 2, 'currency'), ('eur', 2, 'currency')
on conflict do nothing;
create function pg_temp.post(
    p_tenant text, p_kind text, p_source text, p_asset text, p_plus text, p_minus text, p_cents int
) returns void language sql as $$
    insert into ledger.account (tenant_id, mode, code, owner, asset)
    select p_tenant, 'live', c, '', p_asset from unnest(array[p_plus, p_minus]) as c
    on conflict do nothing;
    insert into ledger.transfer (tenant_id, id, kind, source, posted_at)
    values (p_tenant, 'ltr_' || p_kind || p_source, p_kind, p_source, '2026-01-02');
    insert into ledger.entry (tenant_id, transfer_id, account_id, amount)
    select p_tenant, 'ltr_' || p_kind || p_source, a.id,
        case a.code when p_plus then p_cents else -p_cents end
    from ledger.account a
    where a.tenant_id = p_tenant and a.asset = p_asset and a.code in (p_plus, p_minus);
$$;
-- one lost, reopened and lost; one withdrawn in eur
insert into payments.dispute (id, tenant_id, payment_id, amount_cents, currency, status,
    stripe_status, movements, lost_cents, lost_posts)
values ('dp_1', 'ten_a', 'pay_1', 500, 'usd', 'lost', 'lost', 1, 500, 3),
    ('dp_2', 'ten_b', 'pay_2', 700, 'eur', 'needs_response', 'needs_response', 1, 0, 0);
select pg_temp.post('ten_a', 'dispute_funds', 'txn_1', 'usd', 'stripe:disputed', 'stripe:balance',
        500),
    pg_temp.post('ten_a', 'dispute_lost', 'dp_1', 'usd', 'losses:disputes', 'stripe:disputed', 500),
    pg_temp.post('ten_a', 'dispute_lost', 'dp_1:1', 'usd', 'losses:disputes', 'stripe:disputed',
        -500),
    pg_temp.post('ten_a', 'dispute_lost', 'dp_1:2', 'usd', 'losses:disputes', 'stripe:disputed',
        500),
    pg_temp.post('ten_b', 'dispute_funds', 'txn_2', 'eur', 'stripe:disputed', 'stripe:balance',
        700);
-- nothing came back, a part, the whole
insert into payouts.payout (id, tenant_id, user_id, account_id, valuation_id, amount_cents, status,
    stripe_transfer_id, completed_at, reversed_cents, requested_at)
select 'po_' || n, 'ten_a', 'usr_1', 'prop_1', 'val_1', 900, 'paid', 'tr_' || n, '2026-01-03',
    300 * n, '2026-01-02'
from unnest('{0,1,3}'::int[]) as n;
SQL
$postgres->psql_file($name, "$sql/load.sql");
pass('the load runs on a database with old rows');

my $dbh = $postgres->dbh($name);
sub rows {
    my ($query) = @_;
    return join "\n", map { join ' ', map { $_ // '-' } @$_ } @{ $dbh->selectall_arrayref($query) };
}

is(rows(q{select tenant_id, id, dispute_id, amount, currency from payments.dispute_movement
    order by id}), "ten_a txn_1 - -500 usd\nten_b txn_2 - -700 eur",
    'each movement that is booked is a row; its dispute is known when it is read again');
is(rows(q{select id, dispute_id, amount, currency from payments.dispute_loss order by id}),
    "dp_1 dp_1 500 usd\ndp_1:1 dp_1 -500 usd\ndp_1:2 dp_1 500 usd",
    'each loss that is booked is a row');
is(rows(q{select id, status, reversed_cents, reversed_before_cents from payouts.payout
    order by id}), "po_0 paid 0 0\npo_1 paid 300 300\npo_3 reversed 900 900",
    'a payout that came back whole is reversed, and the sum that is booked is noted');
is(rows(q{select tenant_id, type, object_id, data ->> 'status', data ->> 'completed_at'
    from webhooks.outbox}), 'ten_a payout.reversed po_3 reversed 2026-01-03T00:00:00Z',
    'a payout that came back whole is announced as reversed');
is(rows(q{select tenant_id, kind, object_id, detail ->> 'transfer_id' from core.exception}),
    'ten_a payout_reversed po_3 tr_3', 'a payout that came back whole is an exception');
$dbh->disconnect;
$postgres->drop_database($name);
done_testing;
