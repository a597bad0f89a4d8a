-- Sets the status of a prop account right, also that of an eliminated one.  The validator's next
-- word moves it on again, except from eliminated: correct it there first.
--
-- Parameters: p_tenant slug or id; p_status active, evaluation, funded or eliminated; for others
--   see admin.suspend_account and admin.retry
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404 no such account of the tenant; PU422 another status, or nothing to change
-- Locks: prop account
-- Tables written: payments.prop_account, admin.audit
create or replace function admin.set_account_status(
    p_tenant text, p_account text, p_status text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_before text;
begin
    perform auth.assume(v_tenant, '');
    v_before := payments.status_set(p_account, p_status);
    perform admin.record('set_account_status', p_account,
        jsonb_build_object('before', v_before, 'status', p_status), p_reason, false);
    return admin.finish(format('account %s goes from %s to %s', p_account, v_before, p_status)
        || case when exists (
            select from payments.prop_account a
            where a.id = p_account and a.tenant_id = v_tenant and a.status = 'suspended')
            then ' when its suspension ends' else '' end, p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.set_account_status is
    'sets the status of a prop account right, also of an eliminated one';
