-- Leases one account that needs a subaccount, and returns the step to take.
--
--  create  it was queued; now 'calling', attempts + 1.  The provider has no
--          idempotency, so from this commit on the call may have happened.
--  look    a call's answer was lost (lease ran out or given back) or is unknown:
--          look for the subaccount.  settled: whatever that call made is visible by now.
--
-- For a suspended account no create is claimed until it is restored.  Looks are: a subaccount that
-- was made before is the account's.
--
-- Returns: 0-1 rows: tenant_id, account_id, user_id, asset_class, account_size,
--   entity_hotkey, step, settled, attempts (creates, this one included, and looks that
--   failed)
-- Locks: the account, skipping locked ones
-- Tables written: payments.prop_account
create or replace function payments.provision_claim(p_holder text, p_lease_ms int, p_settle_ms int)
    returns table (
        tenant_id text, account_id text, user_id text, asset_class text, account_size bigint,
        entity_hotkey text, step text, settled boolean, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('payments.provision', p_holder, p_lease_ms);
begin
    return query
    with claimed as (
        update payments.prop_account a
        set provision_state =
                case a.provision_state when 'queued' then 'calling' else 'unknown' end,
            provision_attempts = a.provision_attempts
                + case a.provision_state when 'queued' then 1 else 0 end,
            call_started_at =
                case a.provision_state when 'queued' then now() else a.call_started_at end,
            unknown_since = case a.provision_state when 'queued' then null
                else coalesce(a.unknown_since, now()) end,
            settle_at = case when a.provision_state <> 'queued' then
                greatest(a.call_started_at, coalesce(a.unknown_since, now()))
                + p_settle_ms * interval '1 ms' end,
            updated_at = now()
        where a.id = any(v_ids)
        returning a.*
    )
    select c.tenant_id::text, c.id::text, c.user_id::text, c.asset_class, c.account_size,
        t.entity_hotkey,
        case c.provision_state when 'calling' then 'create' else 'look' end,
        coalesce(c.settle_at <= now(), false), c.provision_attempts
    from claimed c
    join core.tenant t on t.id = c.tenant_id;
end
$$;
grant execute on function payments.provision_claim(text, int, int) to purser_jobs;
