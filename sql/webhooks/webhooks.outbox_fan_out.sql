-- Makes a delivery of each pending event of the outbox for each endpoint that takes its type, the
-- oldest p_limit events first.
--
-- An event stays pending until this has seen it, however late its transaction commits: nothing is
-- remembered but the rows themselves.  Of one object the earlier event is seen first, since it
-- commits first and has the earlier time; only one transaction does this at a time, so that its
-- delivery is also committed first.
--
-- Nothing is delivered to a disabled endpoint: webhooks.endpoint_recover looks its events up.  Nor
-- is an endpoint told about itself.
--
-- Returns: how many events were pending
-- Locks: an advisory lock until the end of the transaction, which it does not wait for; the events
-- Tables written: webhooks.outbox, webhooks.delivery
create or replace function webhooks.outbox_fan_out(p_limit int) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    v_count int;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('webhooks.outbox_fan_out', 0)) then
        return 0;
    end if;
    with due as (
        select o.tenant_id, o.id
        from webhooks.outbox o
        where o.pending
        order by o.happened_at
        limit p_limit
        for no key update
    ), seen as (
        update webhooks.outbox o
        set pending = false
        from due
        where (o.tenant_id, o.id) = (due.tenant_id, due.id)
        returning o.tenant_id, o.id, o.api, o.mode, o.type, o.object_id, o.number
    ), made as (
        insert into webhooks.delivery (tenant_id, id, endpoint_id, event_id, event_type, object_id,
            number)
        select s.tenant_id, core.new_id('whd'), e.id, s.id, s.type, s.object_id, s.number
        from seen s
        join webhooks.endpoint_active_v e on (e.tenant_id, e.api, e.mode)
            = (s.tenant_id, s.api, s.mode)
        where webhooks.event_is_for(s.api, s.type, e.events) and s.object_id <> e.id
        on conflict do nothing
    )
    select count(*)::int into v_count from seen;
    return v_count;
end
$$;
