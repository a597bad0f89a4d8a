-- The indexes of migration 0057, which load.sql builds before it while the database is in use.  As
-- migrations/0040_tenant_keys_indexes.sql.
select not exists (select from core.migration where name = '0057_outbox') as todo \gset
\if :todo
set role purser_owner;

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i
join pg_class c on c.oid = i.indexrelid and c.relname in ('outbox_number', 'outbox_pending')
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'webhooks'
where not i.indisvalid
\gexec

create unique index concurrently if not exists outbox_number
    on webhooks.outbox (tenant_id, object_id, number) where number is not null;
create index concurrently if not exists outbox_pending
    on webhooks.outbox (happened_at) where pending;

reset role;
\endif
