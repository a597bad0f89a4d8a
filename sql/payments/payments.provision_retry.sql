-- A step of provisioning brought no result; it comes back after p_delay_ms.
--
-- refused and not_sent after a create: no subaccount was made, so the account is queued.  The next
-- claim looks all the same, before another create.  After a look the outcome of the earlier create
-- is still unknown, and the look counts as one more attempt of the budget.  With the budget used up
-- the account is subaccount_failed for the operator (admin.retry); unknown_since stays.  A create
-- whose outcome is unknown is looked for at least once before that.
--
-- The outcome of an earlier claim than the last one changes nothing: a later create may be under
-- way.
--
-- Parameters: p_lease_no of the claim whose step it was; p_kind refused, not_sent, unknown;
--   p_attempts_max 0 = no limit
-- Returns: the account's status
-- Raises: PU404
-- Locks: prop account
-- Tables written: payments.prop_account
create or replace function payments.provision_retry(
    p_account text, p_lease_no int, p_kind text, p_error text, p_delay_ms int,
    p_attempts_max int
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_account payments.prop_account;
    v_looked boolean;
    v_unknown boolean;
    v_attempts int;
    v_failed boolean;
begin
    select * into v_account
    from payments.prop_account a
    where a.id = p_account and a.tenant_id = v_tenant for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    elsif v_account.lease_no <> p_lease_no
        or v_account.provision_state not in ('calling', 'unknown')
    then
        return v_account.status;
    end if;
    v_looked := v_account.provision_state = 'unknown';
    v_unknown := v_looked or p_kind not in ('refused', 'not_sent');
    v_attempts := v_account.provision_attempts + case when v_looked then 1 else 0 end;
    v_failed := p_attempts_max > 0 and v_attempts >= p_attempts_max and (v_looked or not v_unknown);
    update payments.prop_account a
    set provision_state = case when v_failed then 'failed' when v_unknown then 'unknown'
            else 'queued' end,
        provision_attempts = v_attempts,
        unknown_since = case when v_unknown then coalesce(a.unknown_since, now()) end,
        status = case when v_failed and a.status = 'provisioning' then 'subaccount_failed'
            else a.status end,
        status_before = case when v_failed and a.status = 'suspended' then 'subaccount_failed'
            else a.status_before end,
        lease_holder = null, lease_until = null, last_error = p_error,
        next_run_at = now() + p_delay_ms * interval '1 ms', updated_at = now()
    where a.id = p_account and a.tenant_id = v_tenant
    returning * into v_account;
    return v_account.status;
end
$$;
grant execute on function payments.provision_retry(text, int, text, text, int, int) to purser_jobs;
