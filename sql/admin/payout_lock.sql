-- Locks a payout of a tenant, its estimate first, and acts for its user until the end of the
-- transaction.
--
-- Parameters: p_tenant slug or id
-- Raises: PU404
-- Locks: other operators' functions, estimate, payout
create or replace function admin.payout_lock(p_tenant text, p_payout text) returns payouts.payout
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
begin
    perform auth.assume(p.tenant_id, p.user_id)
    from payouts.payout p
    where p.id = p_payout and p.tenant_id = v_tenant;
    if not found then
        raise exception using errcode = 'PU404', message = format('no payout %L', p_payout);
    end if;
    return payouts.payout_lock(p_payout, true);
end
$$;
