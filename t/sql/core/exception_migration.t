# Protects: migration 0031 makes an exception of every 'conflict: …' and mismatch that a database
# has, each in its tenant, and none of what is settled.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session rows psql database_before);
use Test::More;

# A database before the migration, with rows of two tenants and a stray event.
my $name = database_before('0031_exception');

my $rows = <<'END';
set session_replication_role = replica;
insert into core.tenant (id, slug, name, created_at)
values ('ten_a', 'acme', 'Acme', now() - interval '1 day'), ('ten_b', 'beta', 'Beta', now());
insert into payments.payment (id, tenant_id, user_id, tier_id, market, asset_class, account_size,
    amount_cents, currency, status, paid_at, refunded_cents, mismatch, last_error)
select 'pay_' || p.id, p.tenant, 'usr_1', 'tier', 'crypto', 'crypto', 25000, 19900, 'usd',
    'succeeded', now(), p.refunded, p.mismatch, p.last_error
from (values
    ('1', 'ten_a', 0, 'asked 19900 usd; Stripe: amount 500, received 499 eur', null),
    ('2', 'ten_a', 499, 'asked 19900 usd; Stripe: amount 500, received 499 eur', null),
    ('3', 'ten_b', 0, null, 'conflict: pi_1 was settled, then pi_2 answered too'),
    ('4', 'ten_b', 0, null, 'the answer was lost'))
    as p (id, tenant, refunded, mismatch, last_error);
insert into payments.prop_account (id, tenant_id, user_id, tier_id, asset_class, account_size,
    status, provision_state, subaccount_id, subaccount_uuid, synthetic_hotkey, last_error)
values ('prop_1', 'ten_b', 'usr_1', 'tier', 'crypto', 25000, 'funded', 'done', 1, 'uuid-1', 'h',
    'conflict: subaccount uuid-2 answered too, and has no account');
insert into connect.account (id, tenant_id, user_id, country, email, recipient, status, onboarding,
    stripe_account_id, last_error)
values ('con_1', 'ten_b', 'usr_1', 'US', 'e', false, 'active', false, 'acct_1',
    'conflict: acct_1 was settled, then acct_2 answered too');
insert into payouts.payout (id, tenant_id, user_id, account_id, valuation_id, amount_cents, status,
    failure_reason, last_error)
select 'po_' || p.id, 'ten_b', 'usr_1', 'prop_' || p.id, 'val_1', 400, 'failed', 'x', p.last_error
from (values
    (1, 'conflict: paid by tr_0, and there is tr_1'),
    (2, 'conflict: tr_2 is of 401 usd to acct_1 for po_2'),
    (3, 'conflict: canceled, but there is tr_3'),
    (4, 'conflict: failed and paid otherwise, but there is tr_4'),
    (5, 'no such destination')) as p (id, last_error);
insert into stripe_events.event (id, type, livemode, created_s, api_version, object_id, payload,
    state, last_error)
select 'evt_' || e.id, e.type, false, 1, '2026', e.object, e.payload, e.state, e.last_error
from (values
    (1, 'transfer.created', 'tr_1', '{"metadata":{"purser_object": "po_1"}}', 'ignored',
        'conflict: paid by tr_0, and there is tr_1'),
    (2, 'transfer.created', 'tr_5', '{"metadata":{"payout_id":"po_5"}}', 'ignored', 'conflict'),
    (3, 'payment_intent.succeeded', 'pi_3', '{}', 'ignored',
        'conflict: payment pay_3 has intent pi_1, not pi_3'),
    (4, 'charge.dispute.updated', 'du_1', '{}', 'ignored', 'conflict: unknown dispute status odd'),
    (5, 'transfer.created', 'tr_6', '{}', 'ignored', 'of no payout of ours'),
    (6, 'transfer.created', 'tr_7', '{}', 'applied', null))
    as e (id, type, object, payload, state, last_error);
END
ok(psql($name, '-c', $rows), 'the rows are there');
ok(psql($name, '-v', 'stripe_account_owner=acme', '-f', "$Bin/../../../sql/load.sql"),
    'the database is loaded, with the migration');

my $migrated = DBI->connect("dbi:Pg:dbname=$name", $ENV{PGUSER}, '', { RaiseError => 1 });
my @found = map { join ' ', grep { defined } @$_{qw(tenant_id kind object_kind object_id account)} }
    rows($migrated, q{select *, detail ->> 'account_id' as account from core.exception }
        . q{where resolved_at is null order by object_id});
is_deeply(\@found, [
    'ten_b connect_second_account connect_account con_1',
    'ten_a dispute_unknown_status dispute du_1',
    'ten_a payment_mismatch payment pay_1',
    'ten_b payment_second_intent payment_intent pi_2',
    'ten_b payment_second_intent payment_intent pi_3',
    'ten_b transfer_conflict transfer tr_1 prop_1',
    'ten_b transfer_conflict transfer tr_2 prop_2',
    'ten_b transfer_conflict transfer tr_3 prop_3',
    'ten_b transfer_conflict transfer tr_4 prop_4',
    'ten_b transfer_conflict transfer tr_5 prop_5',
    'ten_b provision_second_subaccount subaccount uuid-2 prop_1',
], 'every conflict is an exception of its tenant, once; what is settled is none');
is_deeply([rows($migrated, q{select detail ->> 'received' as received,
    detail ->> 'currency' as currency from core.exception where kind = 'payment_mismatch'})],
    [{ received => 499, currency => 'eur' }], 'a mismatch has what Stripe took');
is_deeply([rows($migrated, 'select distinct e.kind from core.exception e '
    . 'where not exists (select from core.exception_kind k where k.kind = e.kind)')], [],
    'every kind has a meaning');

$migrated->disconnect;
session()->do("drop database $name");
done_testing;
