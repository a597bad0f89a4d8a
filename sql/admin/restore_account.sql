-- Lifts the operator's suspension.  The account stays suspended while a refund or a
-- dispute suspends it.
--
-- Returns: the account's status; null after a dry run
-- Raises: PU404
-- Locks: prop account
-- Tables written: payments.suspension, payments.prop_account, admin.audit
create or replace function admin.restore_account(
    p_account text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account payments.prop_account;
begin
    select * into v_account from payments.prop_account a where a.id = p_account;
    if not found then
        raise exception using errcode = 'PU404', message = format('no account %L', p_account);
    end if;
    perform admin.record('restore_account', p_account,
        jsonb_build_object('status', v_account.status), p_reason, false);
    perform auth.assume(v_account.tenant_id, v_account.user_id);
    perform payments.suspension_set(p_account, 'admin', 'operator', false);
    perform admin.finish('restore_account ' || p_account, p_dry_run);
    return (select a.status from payments.prop_account a where a.id = p_account);
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.restore_account is 'lifts the suspension that suspend_account made';
