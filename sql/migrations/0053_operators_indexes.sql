-- The indexes of migration 0053, which load.sql builds before it while the database is in use: by
-- them admin.trace finds all about an object.  As migrations/0040_tenant_keys_indexes.sql.
select not exists (select from core.migration where name = '0053_operators') as todo \gset
\if :todo
set role purser_owner;

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i
join pg_class c on c.oid = i.indexrelid and c.relname in ('event_object', 'outbox_object',
    'balance_transaction_source', 'audit_object', 'outbox_created_at')
join pg_namespace n on n.oid = c.relnamespace and n.nspowner = 'purser_owner'::regrole
where not i.indisvalid
\gexec

create index concurrently if not exists event_object on stripe_events.event (object_id)
    where object_id is not null;
create index concurrently if not exists outbox_object on webhooks.outbox (tenant_id, object_id);
create index concurrently if not exists outbox_created_at on webhooks.outbox (created_at);
create index concurrently if not exists balance_transaction_source
    on reconciliation.balance_transaction (tenant_id, source_id);
create index concurrently if not exists audit_object on admin.audit (object_id);

reset role;
\endif
