-- The indexes of migration 0054, which load.sql builds before it while the database is in use: what
-- is due, by the tenant or Stripe account that claims look at.  As
-- migrations/0040_tenant_keys_indexes.sql.
--
-- The condition of each is the whole condition of its kind in core.job_kind, but for the time.  So
-- a row that no claim would take, as the queued account of a suspension, is in none.
select not exists (select from core.migration where name = '0054_growth') as todo \gset
\if :todo
set role purser_owner;

-- Requests wait behind a lock that this waits for.
select not exists (
    select from pg_attribute a
    where a.attrelid = 'payments.payment'::regclass and a.attname = 'abandoned_at') as missing \gset
\if :missing
    set lock_timeout = '2s';
    alter table payments.payment add column abandoned_at timestamptz;
    set lock_timeout = 0;
\endif

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i
join pg_class c on c.oid = i.indexrelid
    and (c.relname like '%\_due' or c.relname in ('event_money_open', 'event_parked_since',
        'event_ended_since', 'passed_day'))
join pg_namespace n on n.oid = c.relnamespace and n.nspowner = 'purser_owner'::regrole
where not i.indisvalid
\gexec

create index concurrently if not exists payment_creating_due
    on payments.payment (tenant_id, next_run_at) where status = 'creating';
create index concurrently if not exists payment_open_due
    on payments.payment (tenant_id, next_run_at)
    where status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
            'processing')
        and abandoned_at is null;
create index concurrently if not exists payment_abandoned_due
    on payments.payment (tenant_id, next_run_at)
    where status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
            'processing')
        and abandoned_at is not null;
create index concurrently if not exists prop_account_provision_due
    on payments.prop_account (tenant_id, next_run_at)
    where provision_state in ('queued', 'calling', 'unknown')
        and (provision_state <> 'queued' or status = 'provisioning');
create index concurrently if not exists refund_intent_open_due
    on payments.refund_intent (tenant_id, next_run_at) where status = 'open';
create index concurrently if not exists account_creating_due
    on connect.account (tenant_id, next_run_at) where status = 'creating';
create index concurrently if not exists payout_send_due
    on payouts.payout (tenant_id, next_run_at)
    where status = 'processing' or (status = 'pending' and submit_requested_at is not null);
create index concurrently if not exists event_pending_due
    on stripe_events.event (stripe_account, next_run_at) where state in ('pending', 'parked');
-- what stripe_events.lists_unread looks through before money leaves
create index concurrently if not exists event_money_open
    on stripe_events.event (stripe_account)
    where state in ('pending', 'parked') and type not like 'payment\_intent.%';
-- what retention.prune looks for.  A block range index of the time, as event has, finds the whole
-- table once the places of deleted rows are used again.
create index concurrently if not exists event_parked_since
    on stripe_events.event (received_at) where state = 'parked';
create index concurrently if not exists event_ended_since
    on stripe_events.event (received_at) where state in ('applied', 'ignored');
create index concurrently if not exists passed_day on stripe_events.passed (day);

reset role;
\endif
