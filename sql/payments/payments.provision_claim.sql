-- Leases one account that needs a subaccount, and returns the step to take.
--
--  create  it was queued, and is new or was looked for since its last create; now 'calling',
--          attempts + 1.  The provider has no idempotency, so from this commit on the call
--          may have happened.
--  look    a call's answer was lost (lease ran out or given back) or is unknown, or another
--          create would follow: look for the subaccount.  settled: whatever the earlier calls
--          made is visible by now, at once when the last one was refused.
--
-- Each claim has the next lease_no, which what records its outcome names.
--
-- For a suspended account no create is claimed until it is restored.  Looks are: a subaccount that
-- was made before is the account's.
--
-- Parameters: p_accounts the Stripe accounts that have a provider's token: accounts of other
--   tenants wait; null = all
-- Returns: 0-1 rows: tenant_id, account_id, user_id, asset_class, account_size,
--   entity_hotkey, stripe_account, step, settled, lease_no, attempts (creates, this
--   one included, and looks that failed)
-- Locks: the account, skipping locked ones
-- Tables written: payments.prop_account
create or replace function payments.provision_claim(
    p_holder text, p_lease_ms int, p_settle_ms int, p_accounts text[] default null
)
    returns table (
        tenant_id text, account_id text, user_id text, asset_class text, account_size bigint,
        entity_hotkey text, stripe_account text, step text, settled boolean, lease_no int,
        attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('payments.provision', p_holder, p_lease_ms,
        p_accounts => p_accounts);
begin
    return query
    with due as (
        select a.tenant_id, a.id, a.provision_state = 'queued' as queued,
            a.provision_state = 'queued' and (a.looked or a.call_started_at is null) as creates
        from payments.prop_account a
        where a.id = any(v_ids)
    ), claimed as (
        update payments.prop_account a
        set provision_state = case when d.creates then 'calling' else 'unknown' end,
            provision_attempts = a.provision_attempts + d.creates::int,
            call_started_at = case when d.creates then now() else a.call_started_at end,
            looked = a.looked and not d.creates,
            unknown_since = case when not d.creates then coalesce(a.unknown_since, now()) end,
            settle_at = case
                when d.creates then null
                when d.queued then now()
                else greatest(a.call_started_at, coalesce(a.unknown_since, now()))
                    + p_settle_ms * interval '1 ms' end,
            updated_at = now()
        from due d
        where a.tenant_id = d.tenant_id and a.id = d.id
        returning a.*
    )
    select c.tenant_id::text, c.id::text, c.user_id::text, c.asset_class, c.account_size,
        t.entity_hotkey, core.stripe_account_of(c.tenant_id),
        case c.provision_state when 'calling' then 'create' else 'look' end,
        coalesce(c.settle_at <= now(), false), c.lease_no,
        c.provision_attempts
    from claimed c
    join core.tenant t on t.id = c.tenant_id;
end
$$;
grant execute on function payments.provision_claim(text, int, int, text[]) to purser_jobs;
