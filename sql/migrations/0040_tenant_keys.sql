-- Keys lead with the tenant, so that a tenant's rows can be copied to another database, or be a
-- partition of their own, without a key that other tenants take part in.  Which keys are global,
-- and why, is the list in t/sql/tenant_keys.pg.
--
-- Measured with 10^6 rows each of payments, prop accounts, valuations, estimates, payouts, messages
-- and payouts of journals:
--
--   indexes, before it          nothing waits; 130 s in all, 1 to 20 s each
--   0039_journal_tenants        writes of journals wait 4 s
--   this migration              everything waits 0.1 s
--
-- It locks each table that has a new key, all at once, changes the catalogue only and reads no
-- row.  While the locks cannot be had, requests wait behind it; so it gives up after 10 s, and the
-- load is to be repeated.  From its commit to the end of the load (2 s) functions of before that
-- name an old key in `on conflict` fail, and their callers come again.
set local lock_timeout = '10s';
-- in the order of requests, so that none waits for this and holds what this waits for
lock table auth.app_token, auth.session, journal.api_key, auth.app, auth."user", core.idempotency,
    payments.payment, payments.prop_account, payments.suspension, payments.refund, payments.dispute,
    connect.account, payouts.estimate, payouts.valuation, payouts.payout,
    journal.book, journal.firm, journal.account, journal.payout, journal.node, webhooks.outbox
    in access exclusive mode;

-- They group by a primary key that ends here; the load makes them again.
set local role purser_background;
drop view if exists admin.ledger_check, admin.payout_check;
set local role purser_owner;

alter table journal.firm drop constraint firm_book_id_fkey;
alter table journal.account
    drop constraint account_book_id_fkey,
    drop constraint account_firm_id_fkey;
alter table journal.payout
    drop constraint payout_book_id_fkey,
    drop constraint payout_firm_id_fkey,
    drop constraint payout_account_id_fkey;

-- Primary keys.  A foreign key that refers to one with the tenant in it (until here to a unique
-- constraint) is dropped and made again.  No row has to be read for that: it held until here, and
-- nobody can change a row in between.  Nor is one read: row-level security shows the owner none,
-- which an index on the tenant tells at once.
set local enable_seqscan = off;
set local enable_bitmapscan = off;
set local jit = off;
do $$
declare
    c_moved constant oid[] := array(
        select i.indrelid
        from pg_index i
        join pg_class c on c.oid = i.indexrelid and c.relname like '%\_by\_tenant');
    c_foreign constant text[] := array(
        select format('add constraint %I %s', f.conname, pg_get_constraintdef(f.oid))
        from pg_constraint f
        where f.contype = 'f' and f.confrelid = any (c_moved)
        order by f.oid);
    c_tables constant regclass[] := array(
        select f.conrelid::regclass
        from pg_constraint f
        where f.contype = 'f' and f.confrelid = any (c_moved)
        order by f.oid);
    v_old record;
begin
    for v_old in
        select f.conrelid::regclass as name, f.conname
        from pg_constraint f
        where f.contype = 'f' and f.confrelid = any (c_moved)
    loop
        execute format('alter table %s drop constraint %I', v_old.name, v_old.conname);
    end loop;
    for v_old in
        select i.indrelid::regclass as name, k.conname
        from pg_index i
        join pg_class c on c.oid = i.indexrelid and c.relname like '%\_by\_tenant'
        join pg_constraint k on k.conrelid = i.indrelid and (k.contype = 'p'
            or k.contype = 'u' and k.conkey = string_to_array(i.indkey::text, ' ')::int2[])
    loop
        execute format('alter table %s drop constraint %I', v_old.name, v_old.conname);
    end loop;
    for v_old in
        select i.indrelid::regclass as name, c.relname as index, t.relname
        from pg_index i
        join pg_class c on c.oid = i.indexrelid and c.relname like '%\_by\_tenant'
        join pg_class t on t.oid = i.indrelid
    loop
        execute format('alter table %s add constraint %I primary key using index %I', v_old.name,
            v_old.relname || '_pkey', v_old.index);
    end loop;
    for v_number in 1 .. cardinality(c_tables) loop
        execute format('alter table %s %s', c_tables[v_number], c_foreign[v_number]);
    end loop;
end
$$;

-- What else is unique.
alter table payments.payment
    drop constraint payment_stripe_payment_intent_id_key,
    drop constraint payment_idempotency_id_key;
alter table payments.prop_account
    drop constraint prop_account_payment_id_key,
    drop constraint prop_account_stripe_payment_intent_id_key,
    drop constraint prop_account_idempotency_id_key;
alter table connect.account drop constraint account_stripe_account_id_key;
alter table payouts.payout drop constraint payout_stripe_transfer_id_key;
drop index payouts.payout_open;
alter index payouts.payout_open_of_account rename to payout_open;
alter table journal.firm drop constraint firm_book_id_name_folded_key;
alter table journal.account drop constraint account_book_id_account_number_firm_id_key;

do $$
declare
    v_table text;
begin
    select string_agg(a.attrelid::regclass::text, ', ') into v_table
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
    join pg_namespace n on n.oid = c.relnamespace and n.nspowner = 'purser_owner'::regrole
    where a.attname = 'tenant_id'
        and a.attrelid not in ('auth.app_token'::regclass, 'auth.session'::regclass,
            'journal.api_key'::regclass)
        and not exists (
            select from pg_constraint k
            where k.conrelid = a.attrelid and k.contype = 'p' and k.conkey[1] = a.attnum);
    if v_table is not null or exists (
        select from pg_class c where c.relname like '%\_by\_tenant' and c.relkind = 'i')
    then
        raise exception 'verify: % has no primary key that leads with the tenant', v_table;
    end if;
end
$$;
