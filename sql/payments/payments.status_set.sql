-- Sets the status of an account that has its subaccount, by an operator's word, which is above the
-- validator's: eliminated is not final for it.  A suspended account stays so, and comes back to the
-- new status.
--
-- Parameters: p_status active, evaluation, funded or eliminated
-- Returns: the status before, of a suspended one what it would have come back to
-- Raises: PU404 no such account of the transaction's tenant; PU422 another status, or nothing to
--   change
-- Locks: prop account
-- Tables written: payments.prop_account
create or replace function payments.status_set(p_account text, p_status text) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account payments.prop_account;
    v_before text;
begin
    select * into v_account
    from payments.prop_account a
    where a.id = p_account and a.tenant_id = current_setting('purser.tenant', true)
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = format('no account %L', p_account);
    end if;
    v_before := coalesce(v_account.status_before, v_account.status);
    if (p_status in ('active', 'evaluation', 'funded', 'eliminated')) is not true then
        raise exception using errcode = 'PU422', column = 'p_status',
            message = 'p_status: active, evaluation, funded or eliminated';
    elsif v_account.provision_state <> 'done' then
        raise exception using errcode = 'PU422', column = 'p_account',
            message = 'p_account: the account has no subaccount yet';
    elsif v_before = p_status then
        raise exception using errcode = 'PU422', column = 'p_status',
            message = 'p_status: the account is ' || p_status;
    end if;
    perform set_config('purser.operator', 'on', true);
    update payments.prop_account a
    set status = case a.status when 'suspended' then a.status else p_status end,
        status_before = case a.status when 'suspended' then p_status end, updated_at = now()
    where a.id = p_account and a.tenant_id = v_account.tenant_id;
    perform set_config('purser.operator', 'off', true);
    return v_before;
end
$$;
grant execute on function payments.status_set(text, text) to purser_background;
