-- Sends an endpoint what it has missed: events of a time that were never sent to it, were given up,
-- or wait for another attempt; none that arrived.  A disabled endpoint is active again.
--
-- Parameters: p_since, p_until RFC 3339; p_until null = until now
-- Returns: how many events will be sent now; has_more: the oldest 10,000 are taken, ask again for
--   the others
-- Raises: PU404; PU412 the endpoint is deactivated; PU422 no time (column since or until)
-- Locks: the endpoint, its deliveries
-- Tables written: webhooks.endpoint, webhooks.delivery
create or replace function webhooks.endpoint_recover(
    p_api text, p_id text, p_since text, p_until text default null,
    out recovered int, out has_more boolean
) returns record
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_events constant int := 10000;
    v_since timestamptz := webhooks.time_of('since', p_since);
    v_until timestamptz := coalesce(webhooks.time_of('until', p_until), now());
    v_endpoint webhooks.endpoint := webhooks.endpoint_lock(p_api, p_id);
begin
    perform webhooks.endpoint_need(v_endpoint);
    if v_since >= v_until then
        raise exception using errcode = 'PU422', column = 'since',
            message = 'must be before until, or before now';
    end if;
    with missed as (
        select o.*
        from webhooks.outbox o
        left join webhooks.delivery d on (d.tenant_id, d.endpoint_id, d.event_id)
            = (o.tenant_id, p_id, o.id)
        where (o.tenant_id, o.api, o.mode) = (v_endpoint.tenant_id, p_api, v_endpoint.mode)
            and o.id >= webhooks.id_at(v_since - interval '1 s')
            and o.id < webhooks.id_at(v_until + interval '1 s')
            and o.happened_at >= v_since and o.happened_at < v_until
            and webhooks.event_is_for(p_api, o.type, v_endpoint.events) and o.object_id <> p_id
            and (d.id is null or d.status = 'failed'
                or d.status = 'pending' and d.next_run_at > now() and d.lease_holder is null)
        order by o.happened_at
        limit c_events
    ), made as (
        insert into webhooks.delivery (tenant_id, id, endpoint_id, event_id, event_type, object_id,
            number)
        select m.tenant_id, core.new_id('whd'), p_id, m.id, m.type, m.object_id, m.number
        from missed m
        order by m.happened_at
        on conflict (tenant_id, endpoint_id, event_id) do update
        set status = 'pending', tries = 0, next_run_at = now()
        returning 1
    )
    select count(*)::int into recovered from made;
    has_more := recovered = c_events;
    update webhooks.endpoint e
    set disabled_at = null, disabled_reason = null, trusted_at = now()
    where (e.tenant_id, e.id) = (v_endpoint.tenant_id, p_id);
end
$$;
grant execute on function webhooks.endpoint_recover(text, text, text, text)
    to purser_background, purser_webhooks;
