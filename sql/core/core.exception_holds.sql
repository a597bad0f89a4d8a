-- What holds money: the kind of the oldest open exception of a prop account, payout or payee of a
-- tenant.
--
-- Parameters: p_account, p_payout, p_payee may be null
-- Returns: null = none
create or replace function core.exception_holds(
    p_tenant text, p_account text, p_payout text, p_payee text
) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select e.kind
    from core.exception e
    where e.tenant_id = p_tenant and e.resolved_at is null
        and (e.detail ->> 'account_id' = p_account
            or e.object_id in (p_account, p_payout, p_payee))
    order by e.opened_at, e.id
    limit 1
$$;
grant execute on function core.exception_holds(text, text, text, text) to purser_background;
