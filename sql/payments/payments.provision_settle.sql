-- The provider made this subaccount for this account (or a look found it).
--
-- It is stored in every state, also after the account failed and for an earlier claim than the
-- last one: the subaccount exists.  A suspended account gets its subaccount and stays suspended.
-- When another account has the uuid (its look found the subaccount that our create made) this
-- account becomes unknown and looks: subaccounts of one class and size are interchangeable, and
-- one was made for each account; an earlier claim changes nothing then.  A second subaccount of an
-- account that has one is an exception.
--
-- Parameters: p_lease_no of the claim whose call made or found it; null = it is not known
-- Returns: active, claimed_elsewhere
-- Raises: PU404
-- Locks: prop account; the unique index on subaccount_uuid decides between accounts, of
--   other tenants too
-- Tables written: payments.prop_account, webhooks.outbox, core.exception
create or replace function payments.provision_settle(
    p_account text, p_subaccount_id bigint, p_uuid text, p_synthetic_hotkey text,
    p_lease_no int default null
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_account payments.prop_account;
begin
    select * into v_account
    from payments.prop_account a
    where a.id = p_account and a.tenant_id = v_tenant for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    if v_account.provision_state = 'done' then
        if v_account.subaccount_uuid <> p_uuid then
            perform core.exception_open('provision_second_subaccount', 'subaccount', p_uuid,
                jsonb_build_object('account_id', p_account, 'subaccount_id', p_subaccount_id,
                    'subaccount_of_account', v_account.subaccount_uuid));
        end if;
        return 'active';
    end if;

    begin
        update payments.prop_account a
        set status = case a.status when 'suspended' then a.status else 'active' end,
            status_before = case a.status when 'suspended' then 'active' end,
            subaccount_id = p_subaccount_id, subaccount_uuid = p_uuid,
            synthetic_hotkey = p_synthetic_hotkey, provision_state = 'done', unknown_since = null,
            settle_at = null, lease_holder = null, lease_until = null, last_error = null,
            updated_at = now()
        where a.id = p_account and a.tenant_id = v_tenant
        returning * into v_account;
    exception
        when unique_violation then
            update payments.prop_account a
            set provision_state =
                    case a.provision_state when 'failed' then 'failed' else 'unknown' end,
                unknown_since = now(), settle_at = null, lease_holder = null, lease_until = null,
                next_run_at = now(),
                last_error = format('subaccount %s belongs to another account', p_uuid),
                updated_at = now()
            where a.id = p_account and a.tenant_id = v_tenant and a.lease_no = p_lease_no;
            return 'claimed_elsewhere';
    end;

    perform webhooks.outbox_add('prop', 'account.provisioned', p_account, p_account,
        jsonb_build_object(
        'id', v_account.id,
        'tier_id', v_account.tier_id,
        'asset_class', v_account.asset_class,
        'account_size', v_account.account_size,
        'status', v_account.status,
        'subaccount_id', v_account.subaccount_id,
        'subaccount_uuid', v_account.subaccount_uuid,
        'synthetic_hotkey', v_account.synthetic_hotkey,
        'stripe_payment_intent_id', v_account.stripe_payment_intent_id));
    return 'active';
end
$$;
grant execute on function payments.provision_settle(text, bigint, text, text, int) to purser_jobs;
