-- Raises or lifts one reason for suspension and brings the account's status in
-- line: suspended while any reason is not lifted, else status_before, which
-- payments.lifecycle_sync and provisioning keep current meanwhile.  So a won dispute
-- does not end the suspension of an account whose payment is refunded.
--
-- Parameters: p_account null = no account, nothing to do
-- Locks: prop account
-- Tables written: payments.suspension, payments.prop_account
create or replace function payments.suspension_set(
    p_account text, p_kind text, p_source text, p_on boolean
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_any boolean;
begin
    perform from payments.prop_account a
    where a.id = p_account and a.tenant_id = v_tenant for no key update;
    if not found then
        return;
    end if;
    if p_on then
        insert into payments.suspension as s (tenant_id, account_id, kind, source)
        values (v_tenant, p_account, p_kind, p_source)
        on conflict (tenant_id, account_id, kind, source) do update set lifted_at = null
            where s.lifted_at is not null;
    else
        update payments.suspension s
        set lifted_at = now()
        where s.tenant_id = v_tenant and s.account_id = p_account and s.kind = p_kind
            and s.source = p_source
            and s.lifted_at is null;
    end if;

    v_any := exists (
        select from payments.suspension s
        where s.tenant_id = v_tenant and s.account_id = p_account and s.lifted_at is null);
    update payments.prop_account a
    set status = case when v_any then 'suspended' else a.status_before end,
        status_before = case when v_any then a.status end,
        updated_at = now()
    where a.id = p_account and a.tenant_id = v_tenant and (a.status = 'suspended') <> v_any;
end
$$;
grant execute on function payments.suspension_set(text, text, text, boolean) to purser_background;
