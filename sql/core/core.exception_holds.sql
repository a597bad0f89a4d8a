-- What holds money: the kind of the oldest open exception of a prop account, payout or payee of a
-- tenant.  Each of the two indexes is asked by itself: a firm may have many that are open.
--
-- Parameters: p_account, p_payout, p_payee may be null
-- Returns: null = none
create or replace function core.exception_holds(
    p_tenant text, p_account text, p_payout text, p_payee text
) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select h.kind
    from (
        select e.kind, e.opened_at, e.id
        from core.exception e
        where e.tenant_id = p_tenant and e.resolved_at is null
            -- the collation of the index, which a parameter's may not be
            and e.detail ->> 'account_id' = p_account collate "default"
        union all
        select e.kind, e.opened_at, e.id
        from core.exception e
        where e.tenant_id = p_tenant and e.resolved_at is null
            and e.object_id in (p_account, p_payout, p_payee)) as h
    order by h.opened_at, h.id
    limit 1
$$;
grant execute on function core.exception_holds(text, text, text, text) to purser_background;
