-- The index of migration 0043, which load.sql builds before it while the database is in use: what a
-- tenant sent within a day.  As migrations/0040_tenant_keys_indexes.sql.
select not exists (select from core.migration where name = '0043_may_send') as todo \gset
\if :todo
set role purser_owner;

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i
join pg_class c on c.oid = i.indexrelid and c.relname = 'payout_sent'
join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'payouts'
where not i.indisvalid
\gexec

create index concurrently if not exists payout_sent on payouts.payout (tenant_id, sent_at)
    where sent_at is not null;

reset role;
\endif
