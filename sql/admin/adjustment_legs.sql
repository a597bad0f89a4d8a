-- The legs of an operator's adjustment, checked; an account of the Stripe account is that of the
-- transaction's tenant.
--
-- Parameters: p_legs as in admin.post_adjustment
-- Raises: PU422
create or replace function admin.adjustment_legs(p_legs jsonb) returns ledger.leg[]
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_problem text;
    v_legs ledger.leg[];
begin
    perform admin.need(jsonb_typeof(p_legs) in ('object', 'array') and p_legs not in ('[]', '{}')
        and not exists (
            select
            from jsonb_array_elements(case jsonb_typeof(p_legs) when 'array' then p_legs
                else jsonb_build_array(p_legs) end) as l (leg)
            where jsonb_typeof(l.leg) <> 'object'
                or jsonb_typeof(l.leg -> 'amount') not in ('number', 'null')), 'p_legs',
        'an array of legs is needed, each with code, asset and amount');
    if jsonb_typeof(p_legs) = 'object' then
        p_legs := jsonb_build_array(p_legs, jsonb_build_object('code', 'adjustments:operator',
            'asset', p_legs ->> 'asset', 'amount', -(p_legs ->> 'amount')::numeric));
    end if;
    select case
            when l.code = 'stripe:balance'
                then 'stripe:balance is moved by Stripe''s balance transactions only'
            when l.code is null then 'each leg needs a code of the chart of accounts'
            when c.code is null then format('the chart of accounts has no code %s', l.code)
            when l.asset is null then format('the leg on %s needs an asset', l.code)
            when s.code is null then format('there is no asset %s', l.asset)
            when abs(l.amount) >= 1e30 then format('the amount on %s must be below 10^30', l.code)
            else format('the amount on %s must be whole, in the smallest unit', l.code) end
    into v_problem
    from jsonb_to_recordset(p_legs) as l (code text, asset text, amount numeric)
    left join ledger.code c on c.code = l.code
    left join ledger.asset s on s.code = l.asset
    where l.code = 'stripe:balance' or c.code is null or s.code is null
        or (l.amount = trunc(l.amount) and abs(l.amount) < 1e30) is not true
    limit 1;
    if not found then
        select format('the legs in %s sum to %s, not to zero', l.asset, sum(l.amount))
        into v_problem
        from jsonb_to_recordset(p_legs) as l (asset text, amount numeric)
        group by l.asset
        having sum(l.amount) <> 0
        limit 1;
    end if;
    perform admin.need(v_problem is null, 'p_legs', v_problem);
    select array_agg(ledger.leg(l.code, l.asset, l.amount,
        case c.owner_kind when 'stripe_account' then core.stripe_account_name() else '' end)
        order by l.number)
    into v_legs
    from rows from (jsonb_to_recordset(p_legs) as (code text, asset text, amount numeric))
        with ordinality as l (code, asset, amount, number)
    join ledger.code c on c.code = l.code;
    return v_legs;
end
$$;
