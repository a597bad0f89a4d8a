-- Why an answer of the validator is not believed.  It counts whole or not at all: bucket, total and
-- each of its weeks; a total without weeks has no evidence.
--
-- Parameters: as payouts.valuation_store
-- Returns: null = it is believed
create or replace function payouts.valuation_problem(
    p_bucket text, p_total text, p_weeks jsonb, p_asked timestamptz
) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when (p_bucket in ('evaluation', 'funded', 'eliminated')) is not true
            then 'an answer without a known bucket'
        when (p_total ~ '^-?[0-9]{1,15}(\.[0-9]{1,64})?([eE][-+]?[0-9]{1,3})?$'
                and abs(p_total::numeric) < 1e15) is not true
            then 'an answer without a total'
        when jsonb_typeof(p_weeks) is distinct from 'array' then 'an answer without weeks'
        when jsonb_array_length(p_weeks) = 0 and p_total::numeric >= 0.01
            then format('a total of %s without weeks', p_total)
        else (
            select format('week %s of the answer %s', w.place, w.problem)
            from (
                select x.place, payouts.week_problem(x.week,
                    payouts.json_number(lag(x.week -> 'start_time_ms') over (order by x.place)),
                    p_asked) as problem
                from jsonb_array_elements(p_weeks) with ordinality as x (week, place)) as w
            where w.problem is not null
            order by w.place
            limit 1)
    end
$$;
