-- The index of migration 0041, which load.sql builds before it while the database is in use, as
-- 0040_tenant_keys_indexes.sql: two Stripe accounts may have events of one id.  The column is new,
-- and every event of before came from the account `default`; adding it reads no row.
select not exists (select from core.migration where name = '0041_stripe_accounts') as todo \gset
\if :todo
set role purser_owner;
set lock_timeout = '10s';
alter table stripe_events.event
    add column if not exists stripe_account text collate "C" not null default 'default';
set lock_timeout = 0;

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i
where i.indrelid = 'stripe_events.event'::regclass and not i.indisvalid
\gexec

create unique index concurrently if not exists event_by_account
    on stripe_events.event (stripe_account, id);

reset role;
\endif
