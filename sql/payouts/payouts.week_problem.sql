-- Why a week of the validator's answer is not believed: it must be complete, begin on a Monday
-- 00:00 UTC after the week before, and have each figure of the formula.
--
-- Parameters: p_before the start of the week before, null = none; p_asked when the validator was
--   asked
-- Returns: null = it is believed
create or replace function payouts.week_problem(
    p_week jsonb, p_before numeric, p_asked timestamptz
) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when payouts.json_number(p_week -> 'balance') is null
            or payouts.json_number(p_week -> 'unrealized') is null
            then 'lacks its balance or what is unrealized'
        when (payouts.json_number(p_week -> 'weekly_penalty') between 0 and 1) is not true
            or (payouts.json_number(p_week -> 'scale') between 0 and 1) is not true
            then 'has a penalty or scale that is not within 0 and 1'
        -- 1970-01-05 was a Monday
        when (s.start_ms >= 0 and mod(s.start_ms - 4 * 86400000, 604800000) = 0) is not true
            then 'does not begin on a Monday 00:00 UTC'
        when (payouts.json_number(p_week -> 'end_time_ms') = s.start_ms + 604800000
                and s.start_ms + 604800000 <= extract(epoch from p_asked) * 1000) is not true
            then 'is not complete'
        when s.start_ms <= p_before then 'does not come after the one before'
    end
    from (values (payouts.json_number(p_week -> 'start_time_ms'))) as s (start_ms)
$$;
