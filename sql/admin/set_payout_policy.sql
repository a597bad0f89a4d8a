-- How a tenant's traders are paid.  Payouts that are open keep what they were
-- requested with.
--
-- Parameters: p_tenant slug or id; p_auto_submit purser-jobs submits requests at once;
--   p_minimum_cents less is not paid out
-- Returns: the tenant's id; null after a dry run
-- Raises: PU404, PU422
-- Tables written: core.tenant, admin.audit
create or replace function admin.set_payout_policy(
    p_tenant text, p_auto_submit boolean, p_minimum_cents bigint, p_reason text,
    p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
begin
    perform admin.need(p_auto_submit is not null, 'p_auto_submit', 'true or false'),
        admin.need(p_minimum_cents >= 0, 'p_minimum_cents', '0 or more');
    perform admin.record('set_payout_policy', v_tenant,
        jsonb_build_object('auto_submit', p_auto_submit, 'minimum_cents', p_minimum_cents),
        p_reason, false);
    update core.tenant t
    set payout_auto_submit = p_auto_submit, payout_minimum_cents = p_minimum_cents
    where t.id = v_tenant;
    perform admin.finish('set_payout_policy ' || p_tenant, p_dry_run);
    return v_tenant;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.set_payout_policy is
    'whether a tenant''s payout requests are submitted at once, and the least amount';
