-- Brings a database to the state of this tree: psql -f sql/load.sql
--
-- Run by a superuser, or by the database's owner who is a member of
-- purser_owner and purser_background.  Safe to run again on a live database:
-- a migration runs once, each in its own transaction; views, functions and rights are replaced in
-- one transaction.  None of them waits long for a lock, since requests would wait behind it:
-- what cannot get one fails, and nothing of it is done.

\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
\encoding UTF8
set client_min_messages = warning;
-- Before anything is made: some of what follows fails in another encoding, after much of it has
-- been committed.
do $$
begin
    if current_setting('server_encoding') <> 'UTF8' then
        raise exception using
            message = format('the encoding of the database %s is %s, and has to be UTF8; nothing '
                'was loaded', current_database(), current_setting('server_encoding')),
            hint = format('make another one: createdb -T template0 -E UTF8 --locale=C.UTF-8 %s; '
                'what is in this one is kept by pg_dump before, and pg_restore after that',
                current_database());
    end if;
end
$$;
-- Requests that run meanwhile hold locks that migrations and the load need.  In a deadlock the
-- session that waits for deadlock_timeout first is the one that fails: not this one, since a
-- request is repeated.
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        set deadlock_timeout = '60s';
    end if;
end
$$;

\ir migrations/0041_stripe_accounts_owner.sql

\ir roles.sql

begin;
create schema if not exists core authorization purser_owner;
set local role purser_owner;
create table if not exists core.migration (
    name text primary key,
    applied_at timestamptz not null default now()
);
commit;

\set name 0001_core
\ir migrate.sql
\set name 0002_auth
\ir migrate.sql
\set name 0003_ledger
\ir migrate.sql
\set name 0004_payments
\ir migrate.sql
\set name 0005_webhooks
\ir migrate.sql
\set name 0006_admin
\ir migrate.sql
\set name 0010_journal
\ir migrate.sql

\set name 0020_connect
\ir migrate.sql
\set name 0021_payouts
\ir migrate.sql
\set name 0022_prune
\ir migrate.sql
\set name 0023_backfill
\ir migrate.sql
\set name 0024_checkout_created
\ir migrate.sql
\set name 0025_modules
\ir migrate.sql
\set name 0026_words
\ir migrate.sql
\set name 0027_job_kinds
\ir migrate.sql
\set name 0028_installation
\ir migrate.sql
\set name 0029_stripe_account
\ir migrate.sql
\ir migrations/0030_ledger_indexes.sql
\set name 0030_ledger
\ir migrate.sql
\set name 0031_exception
\ir migrate.sql
\set name 0032_movements
\ir migrate.sql
\set name 0033_reconciliation
\ir migrate.sql
\set name 0034_operator_refund
\ir migrate.sql
\set name 0035_operator_exits
\ir migrate.sql
\set name 0036_incarnation
\ir migrate.sql
\set name 0037_transfer_check
\ir migrate.sql
\ir migrations/0040_tenant_keys_indexes.sql
\set name 0039_journal_tenants
\ir migrate.sql
\set name 0040_tenant_keys
\ir migrate.sql
\ir migrations/0041_stripe_accounts_indexes.sql
\set name 0041_stripe_accounts
\ir migrate.sql
\set name 0042_answers
\ir migrate.sql
\ir migrations/0043_may_send_indexes.sql
\set name 0043_may_send
\ir migrate.sql
\set name 0044_outcome_key
\ir migrate.sql
\set name 0045_events_in
\ir migrate.sql
\set name 0046_attempts
\ir migrate.sql
\set name 0047_checkout_account
\ir migrate.sql
\set name 0048_cancel_deferred
\ir migrate.sql
\set name 0049_stripe_identity
\ir migrate.sql
\set name 0050_facts
\ir migrate.sql
\set name 0052_journal_imports
\ir migrate.sql
\ir migrations/0053_operators_indexes.sql
\set name 0053_operators
\ir migrate.sql
\ir migrations/0054_growth_indexes.sql
\set name 0054_growth
\ir migrate.sql
\set name 0056_outbox_order
\ir migrate.sql
\ir migrations/0057_outbox_indexes.sql
\set name 0057_outbox
\ir migrate.sql
\set name 0058_endpoints
\ir migrate.sql
\set name 0060_journal_retention
\ir migrate.sql

-- One transaction, without a lock on what stays as it is: replace.sql says how.
\ir replace.sql
begin;
set local lock_timeout = '2s';
lock table core.migration in exclusive mode;
\ir revoke.sql
select exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspowner = 'purser_owner'::regrole) as loaded_before \gset
\if :loaded_before
    call pg_temp.mark_functions();
    set local check_function_bodies = off;
    \set ON_ERROR_STOP off
    \set ON_ERROR_ROLLBACK on
    \ir modules.sql
    \set ON_ERROR_ROLLBACK off
    \set ON_ERROR_STOP on
    set local check_function_bodies = on;
    call pg_temp.lock_views();
\endif
call pg_temp.unload();
\ir modules.sql
reset role;
do $$
declare
    v_schema text;
begin
    for v_schema in
        select n.nspname from pg_catalog.pg_namespace n where n.nspowner = 'purser_owner'::regrole
    loop
        execute format('revoke create on schema %I from purser_background', v_schema);
    end loop;
end
$$;
commit;
