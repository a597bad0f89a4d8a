-- Locks a payout of the transaction's tenant, its account's estimate first: the
-- order that payouts.payout_request and the trigger `commit` keep too.
--
-- Parameters: p_own only the principal's
-- Raises: PU404
-- Locks: estimate, payout
create or replace function payouts.payout_lock(p_id text, p_own boolean) returns payouts.payout
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_payout payouts.payout;
begin
    perform
    from payouts.estimate e
    where e.tenant_id = v_tenant
        and e.account_id = (select p.account_id from payouts.payout p
            where p.id = p_id and p.tenant_id = v_tenant)
    for no key update;
    select * into v_payout
    from payouts.payout p
    where p.id = p_id and p.tenant_id = v_tenant
        and (not p_own or p.user_id = current_setting('purser.principal', true))
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_payout;
end
$$;
grant execute on function payouts.payout_lock(text, boolean) to purser_background;
