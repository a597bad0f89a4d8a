-- Counts what is passed without an effect.
--
-- Parameters: p_reason stranger (about an object that is not ours), unused (of a type that we do
--   not apply) or malformed (no event); p_type of the event, '' = none
-- Locks: the counter (last)
-- Tables written: stripe_events.passed
create or replace function stripe_events.passed_count(
    p_account text, p_reason text, p_type text, p_count bigint
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    insert into stripe_events.passed as c (stripe_account, day, reason, type, count)
    values (p_account, (now() at time zone 'UTC')::date, p_reason, p_type, p_count)
    on conflict (stripe_account, day, reason, type) do update set count = c.count + excluded.count
$$;
