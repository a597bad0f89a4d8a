-- The accounts and amounts of a transfer's legs, each account once, without zeros.  Accounts that
-- are missing are made.
--
-- Returns: ids and amounts in the order of ids, null when nothing is left; floors: one of the
--   accounts has a floor
-- Raises: PU900 an asset or a code that is not in the chart
-- Tables written: ledger.account
create or replace function ledger.legs(
    p_tenant text, p_mode text, p_legs ledger.leg[],
    out ids bigint[], out amounts numeric[], out floors boolean
)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_missing bigint;
begin
    for v_try in 1..2 loop
        select array_agg(s.id order by s.id), array_agg(s.amount order by s.id),
            bool_or(s.floor is not null), count(*) filter (where s.id is null)
        into ids, amounts, floors, v_missing
        from (
            select a.id, a.floor, sum(l.amount) as amount
            from unnest(p_legs) as l
            left join ledger.account a on a.tenant_id = p_tenant and a.mode = p_mode
                and a.code = l.code and a.owner = l.owner and a.asset = l.asset
            group by l.code, l.owner, l.asset, a.id, a.floor
            having sum(l.amount) is distinct from 0) as s;
        exit when v_missing = 0;
        if v_try = 2 then
            raise exception using errcode = 'PU900',
                message = 'the chart of accounts has no such code or asset', detail = p_legs::text;
        end if;
        insert into ledger.account (tenant_id, mode, code, owner, asset)
        select distinct p_tenant, p_mode, c.code, l.owner, s.code
        from unnest(p_legs) as l
        join ledger.code c on c.code = l.code
        join ledger.asset s on s.code = l.asset
        order by 3, 4, 5
        on conflict (tenant_id, mode, code, owner, asset) do nothing;
    end loop;
end
$$;
