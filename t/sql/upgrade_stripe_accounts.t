# Protects: where several tenants shared one Stripe account, the load refuses before it changes
# anything, lists them, and goes on when the operator has named the owner.

use strict;
use warnings;

use FindBin qw($Bin);
use lib "$Bin/lib", "$Bin/../lib";
use Sessions qw(session database_before value);
use DBI;
use T::Proc qw(temp_dir slurp);
use Test::More;

my $sql = "$Bin/../../sql";
my $log = temp_dir('upgrade') . '/log';
session();
my $name = database_before('0041_stripe_accounts');
my $dbh = DBI->connect("dbi:Pg:dbname=$name", $ENV{PGUSER}, '', { RaiseError => 1 });
$dbh->do(q{set client_min_messages = warning});

# (ended well, what it said)
sub load {
    my (@args) = @_;
    my $status = system "psql -X -q -d $name @args -f $sql/load.sql >$log 2>&1";
    return ($status == 0, slurp($log));
}

$dbh->do(q{set session_replication_role = replica});
$dbh->do(<<'SQL');
insert into core.tenant (id, slug, name, created_at) values ('ten_a', 'acme', 'A', now()),
    ('ten_b', 'beta', 'B', now()), ('ten_c', 'gamma', 'C', now());
insert into core.stripe_account (tenant_id, name) values ('ten_a', 'default');
insert into payments.payment (id, tenant_id, user_id, tier_id, market, asset_class, account_size,
    amount_cents, currency, status)
select 'pay_' || t, t, 'usr', 'tier', 'crypto', 'crypto', 25000, 19900, 'usd', 'canceled'
from unnest(array['ten_b', 'ten_c']) as t;
insert into stripe_events.event (id, type, livemode, created_s, payload, stripe_account)
values ('evt_1', 'x', true, 1, '{}', 'default')
SQL
my $functions = q{select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('core', 'payments')};
my $before = value($dbh, $functions);

my ($good, $said) = load();
ok(!$good, 'two tenants share the account: the load refuses');
like($said, qr/several tenants share the Stripe account `default`: beta, gamma/,
    'two tenants share the account: the load lists them');
like($said, qr/psql -v stripe_account_owner=SLUG/, 'the load says what to do');
is(value($dbh, $functions), $before, 'a load that refuses changes nothing');
is(value($dbh, q{select count(*) from core.migration where name = '0041_stripe_accounts'}), 0,
    'a load that refuses applies no migration');

($good, $said) = load('-v', 'stripe_account_owner=nobody');
ok(!$good, 'an owner that does not exist is refused');
like($said, qr/there is no tenant nobody/, 'an owner that does not exist is named');

$dbh->do(q{update payments.payment set status = 'creating' where tenant_id = 'ten_b'});
($good, $said) = load('-v', 'stripe_account_owner=gamma');
ok(!$good, 'a call under way for another tenant: the load refuses');
like($said, qr/under way for tenants other than its owner: pay_ten_b/,
    'a call under way for another tenant: the load names it');
$dbh->do(q{update payments.payment set status = 'canceled'});

($good, $said) = load('-v', 'stripe_account_owner=gamma');
ok($good, 'the owner is named: the load ends well') or diag $said;
is(value($dbh, q{select tenant_id from core.stripe_account where name = 'default'}), 'ten_c',
    'the account is the named tenant\'s');
is(value($dbh, q{select string_agg(what, ', ' order by what) from admin.health
    where what like 'Stripe account of%'}), 'Stripe account of acme, Stripe account of beta',
    'admin.health names the tenants that have none');
is(value($dbh, q{select stripe_account from stripe_events.event where id = 'evt_1'}), 'default',
    'an event of before came from `default`');
($good, $said) = load();
ok($good, 'a second load needs no owner') or diag $said;

done_testing;
