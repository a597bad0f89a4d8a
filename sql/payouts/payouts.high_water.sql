-- The formula hwm-1, exact: week by week in time,
--   gross = max(0, min(balance, balance + unrealized) - sum of earlier gross)
--   payout = gross * weekly_penalty * scale
-- The validator's total is what is paid; payouts.valuation_store uses this to refuse a total
-- that is more than its weeks make.
--
-- Parameters: p_weeks array of {start_time_ms, balance, unrealized, weekly_penalty,
--   scale, ...}; the last two 1 when absent
-- Returns: the sum of the payouts; null when there are no weeks or one lacks its balance
create or replace function payouts.high_water(p_weeks jsonb) returns numeric
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_water numeric := 0;
    v_total numeric;
    v_gross numeric;
    v_week record;
begin
    for v_week in
        select (w.value ->> 'balance')::numeric as balance,
            (w.value ->> 'unrealized')::numeric as unrealized,
            coalesce((w.value ->> 'weekly_penalty')::numeric, 1)
                * coalesce((w.value ->> 'scale')::numeric, 1) as share
        from jsonb_array_elements(p_weeks) with ordinality as w (value, place)
        order by (w.value ->> 'start_time_ms')::numeric nulls last, w.place
    loop
        if v_week.balance is null or v_week.unrealized is null then
            return null;
        end if;
        v_gross := greatest(0, least(v_week.balance, v_week.balance + v_week.unrealized) - v_water);
        v_water := v_water + v_gross;
        v_total := coalesce(v_total, 0) + v_gross * v_week.share;
    end loop;
    return v_total;
end
$$;
