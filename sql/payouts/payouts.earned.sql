-- The most that payouts of an account may take: what they took before, or what the validator's
-- newest reading bears out.
create or replace function payouts.earned(p_estimate payouts.estimate) returns bigint
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select greatest(p_estimate.highest_cents, p_estimate.total_cents)
$$;
