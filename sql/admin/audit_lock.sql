-- Locks the audit log until the end of the transaction: operators' functions run one after the
-- other.  It is the first of all locks (sql/README), so admin.tenant_id takes it too: functions
-- that lock rows before they know what to record begin with that.
--
-- Locks: other operators' functions
create or replace function admin.audit_lock() returns void
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
    -- a table lock would need the right to update
    select pg_advisory_xact_lock('admin.audit'::regclass::oid::bigint)
$$;
