-- Looks for the subaccount of a lost answer among those that the validator
-- shows: the first one (lowest id) of the account's class and size, active,
-- that no account of this database has.
--
-- "None" allows another create only when the look began after the settling
-- time: p_settled, and settle_at (which only the claim of a look sets and the
-- claim of a create clears) says the same.
--
-- Parameters: p_lease_no of the claim of this look; p_subaccounts array of {subaccount_id,
--   subaccount_uuid, synthetic_hotkey, asset_class, account_size, status}; an entry without
--   class, size or status is no match; p_attempts_max 0 = no limit
-- Returns: active (taken), none (create again, due at once), again (look again later), late (the
--   account was claimed again since: nothing changes),
--   failed (none, and the budget is used up: subaccount_failed for the operator, nothing
--   left unknown)
-- Raises: PU404
-- Locks: prop account
-- Tables written: payments.prop_account, webhooks.outbox
create or replace function payments.provision_match(
    p_account text, p_lease_no int, p_subaccounts jsonb, p_settled boolean,
    p_attempts_max int default 0
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_account payments.prop_account;
    v_found record;
    v_failed boolean;
begin
    select * into v_account
    from payments.prop_account a
    where a.id = p_account and a.tenant_id = v_tenant for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    elsif v_account.provision_state = 'done' then
        return 'active';
    elsif v_account.lease_no <> p_lease_no or v_account.provision_state <> 'unknown' then
        return 'late';
    end if;

    for v_found in
        select (s ->> 'subaccount_id')::bigint as id, s ->> 'subaccount_uuid' as uuid,
            s ->> 'synthetic_hotkey' as hotkey
        from jsonb_array_elements(p_subaccounts) as s
        where s ->> 'asset_class' = v_account.asset_class
            and s ->> 'account_size' ~ '^[0-9]{1,15}(\.0+)?$'
            and (s ->> 'account_size')::numeric = v_account.account_size
            and s ->> 'status' = 'active' and s ->> 'subaccount_uuid' <> ''
            and not exists (
                select from payments.prop_account o
                where o.tenant_id = v_tenant and o.subaccount_uuid = s ->> 'subaccount_uuid')
        order by 1
    loop
        if payments.provision_settle(p_account, v_found.id, v_found.uuid, v_found.hotkey,
                p_lease_no) = 'active'
        then
            return 'active';
        end if;
        -- taken by another account (or tenant) meanwhile; settling reset the row, which
        -- is ours and locked
    end loop;

    if p_settled and v_account.settle_at <= now() then
        v_failed := p_attempts_max > 0 and v_account.provision_attempts >= p_attempts_max;
        update payments.prop_account a
        set provision_state = case when v_failed then 'failed' else 'queued' end,
            status = case when v_failed and a.status = 'provisioning' then 'subaccount_failed'
                else a.status end,
            status_before = case when v_failed and a.status = 'suspended' then 'subaccount_failed'
                else a.status_before end,
            looked = true, unknown_since = null, settle_at = null, next_run_at = now(),
            lease_holder = null, lease_until = null, updated_at = now()
        where a.id = p_account and a.tenant_id = v_tenant;
        return case when v_failed then 'failed' else 'none' end;
    end if;
    update payments.prop_account a
    set provision_state = 'unknown', unknown_since = v_account.unknown_since,
        next_run_at = greatest(v_account.settle_at, now() + interval '1 s'),
        lease_holder = null, lease_until = null, updated_at = now()
    where a.id = p_account and a.tenant_id = v_tenant;
    return 'again';
end
$$;
grant execute on function payments.provision_match(text, int, jsonb, boolean, int) to purser_jobs;
