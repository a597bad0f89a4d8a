-- The indexes of migration 0030, which load.sql builds before it while the database is in use.
--
-- Outside of a transaction: each reads its table twice and locks out neither reads nor writes, only
-- other changes of the table's structure.  It waits for the transactions that are open when it
-- begins.  An index that an interrupted load left unfinished is dropped first.
select not exists (select from core.migration where name = '0030_ledger') as todo \gset
\if :todo
set role purser_owner;

select format('drop index concurrently %s', i.indexrelid::regclass)
from pg_index i
join pg_class c on c.oid = i.indexrelid
where not i.indisvalid and c.relnamespace = 'ledger'::regnamespace
\gexec

create unique index concurrently if not exists entry_by_tenant
    on ledger.entry (tenant_id, transfer_id, account_id);
create index concurrently if not exists entry_account on ledger.entry (tenant_id, account_id);
create unique index concurrently if not exists transfer_by_tenant
    on ledger.transfer (tenant_id, id);

reset role;
\endif
