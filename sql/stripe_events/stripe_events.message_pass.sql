-- Counts verified messages that are no events; the i-th elements are one message.
--
-- Locks: the counters, in the order of their accounts
-- Tables written: stripe_events.passed
create or replace function stripe_events.message_pass(p_account text[], p_errors text[])
    returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select stripe_events.passed_count(a.name, 'malformed', '', a.count)
    from (
        select m.name, count(*) as count
        from unnest(p_account) as m(name)
        group by m.name
        order by m.name) as a
$$;
grant execute on function stripe_events.message_pass(text[], text[]) to purser_webhooks;
