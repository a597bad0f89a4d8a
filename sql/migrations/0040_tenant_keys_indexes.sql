-- The indexes of migration 0040, which load.sql builds before it while the database is in use.
--
-- Outside of a transaction: each index reads its table twice and locks out neither reads nor
-- writes, only other changes of the table's structure.  It waits for the transactions that are open
-- when it begins.  An index that an interrupted load left unfinished is dropped first.
--
-- <table>_by_tenant becomes the table's primary key.  A plain index on `id` is for jobs, which
-- claim rows of all tenants, for old metadata at Stripe and for operators, who know no tenant.  An
-- id that Stripe gave stands before the tenant, so that one index serves events as well.
select not exists (select from core.migration where name = '0040_tenant_keys') as todo \gset
\if :todo
set role purser_owner;

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace and n.nspowner = 'purser_owner'::regrole
where not i.indisvalid
\gexec

select format('create %s index concurrently if not exists %I on %s', i.kind, i.name, i.columns)
from (values
    ('unique', 'idempotency_by_tenant', 'core.idempotency (tenant_id, id)'),
    ('unique', 'app_by_tenant', 'auth.app (tenant_id, id)'),
    ('unique', 'user_by_tenant', 'auth."user" (tenant_id, id)'),
    ('', 'user_id', 'auth."user" (id)'),
    ('unique', 'payment_by_tenant', 'payments.payment (tenant_id, id)'),
    ('', 'payment_id', 'payments.payment (id)'),
    ('unique', 'payment_stripe_payment_intent_id',
        'payments.payment (stripe_payment_intent_id, tenant_id)'),
    ('unique', 'payment_idempotency_id', 'payments.payment (tenant_id, idempotency_id)'),
    ('unique', 'prop_account_by_tenant', 'payments.prop_account (tenant_id, id)'),
    ('', 'prop_account_id', 'payments.prop_account (id)'),
    ('unique', 'prop_account_payment_id', 'payments.prop_account (tenant_id, payment_id)'),
    ('unique', 'prop_account_stripe_payment_intent_id',
        'payments.prop_account (tenant_id, stripe_payment_intent_id)'),
    ('unique', 'prop_account_idempotency_id', 'payments.prop_account (tenant_id, idempotency_id)'),
    ('unique', 'suspension_by_tenant',
        'payments.suspension (tenant_id, account_id, kind, source)'),
    ('unique', 'refund_by_tenant', 'payments.refund (tenant_id, id)'),
    ('unique', 'dispute_by_tenant', 'payments.dispute (tenant_id, id)'),
    ('unique', 'account_by_tenant', 'connect.account (tenant_id, id)'),
    ('', 'account_id', 'connect.account (id)'),
    ('unique', 'account_stripe_account_id', 'connect.account (stripe_account_id, tenant_id)'),
    ('unique', 'valuation_by_tenant', 'payouts.valuation (tenant_id, id)'),
    ('unique', 'estimate_by_tenant', 'payouts.estimate (tenant_id, account_id)'),
    ('unique', 'payout_by_tenant', 'payouts.payout (tenant_id, id)'),
    ('', 'payout_id', 'payouts.payout (id)'),
    ('unique', 'payout_stripe_transfer_id', 'payouts.payout (stripe_transfer_id, tenant_id)'),
    ('unique', 'payout_open_of_account', 'payouts.payout (tenant_id, account_id)'
        ' where status in (''pending'', ''processing'')'),
    ('unique', 'outbox_by_tenant', 'webhooks.outbox (tenant_id, id)'),
    ('unique', 'book_by_tenant', 'journal.book (tenant_id, id)'),
    ('unique', 'firm_by_tenant', 'journal.firm (tenant_id, id)'),
    ('unique', 'firm_name_folded', 'journal.firm (tenant_id, book_id, name_folded)'),
    ('unique', 'account_by_tenant', 'journal.account (tenant_id, id)'),
    ('unique', 'account_account_number',
        'journal.account (tenant_id, book_id, account_number, firm_id)'),
    ('unique', 'payout_by_tenant', 'journal.payout (tenant_id, id)'),
    ('unique', 'node_by_tenant', 'journal.node (tenant_id, history_id, level, date, payout_id)')
) as i (kind, name, columns)
\gexec

reset role;
\endif
