-- The formula hwm-1, exact: week by week in time,
--   gross = max(0, min(balance, balance + unrealized) - sum of earlier gross)
--   payout = gross * weekly_penalty * scale
--
-- Parameters: p_weeks array of {balance, unrealized, weekly_penalty, scale, ...}, in the order of
--   time
-- Returns: what the weeks bear out, the sum of the payouts; null when there are no weeks or one
--   lacks a figure
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
        select payouts.json_number(w.value -> 'balance') as balance,
            payouts.json_number(w.value -> 'unrealized') as unrealized,
            payouts.json_number(w.value -> 'weekly_penalty')
                * payouts.json_number(w.value -> 'scale') as share
        from jsonb_array_elements(p_weeks) with ordinality as w (value, place)
        order by w.place
    loop
        if v_week.balance is null or v_week.unrealized is null or v_week.share is null then
            return null;
        end if;
        v_gross := greatest(0, least(v_week.balance, v_week.balance + v_week.unrealized) - v_water);
        v_water := v_water + v_gross;
        v_total := coalesce(v_total, 0) + v_gross * v_week.share;
    end loop;
    return v_total;
end
$$;
