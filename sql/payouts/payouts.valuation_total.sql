-- What an answer of the validator that is believed bears out, in cents, rounded down once: the
-- lesser of its total and what its weeks make, never less than nothing.
create or replace function payouts.valuation_total(p_total text, p_weeks jsonb) returns bigint
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select greatest(0, floor(least(p_total::numeric,
        coalesce(payouts.high_water(p_weeks), 0)) * 100))::bigint
$$;
