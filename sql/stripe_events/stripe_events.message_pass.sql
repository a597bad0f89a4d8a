-- Counts verified messages that are no events, each an element of the array.
--
-- Locks: the counter
-- Tables written: stripe_events.passed
create or replace function stripe_events.message_pass(p_errors text[]) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select stripe_events.passed_count('default', 'malformed', '', cardinality(p_errors))
$$;
grant execute on function stripe_events.message_pass(text[]) to purser_webhooks;
