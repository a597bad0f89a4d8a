-- Makes the deliveries of new events, and leases those that are due: p_limit in all, of each
-- endpoint no more than may be under way at once, skipping locked ones.  A delivery waits for the
-- earlier ones of its endpoint and object.
--
-- Parameters: p_concurrency deliveries under way to one endpoint; p_after_tenant, p_after the
--   endpoint that had the last turn, '' = none
-- Returns: the deliveries with all that is sent: the body (JSON), the secrets that are valid now,
--   newest first, and header_prefix of the api
-- Locks: the claimed deliveries, events of the outbox
-- Tables written: webhooks.delivery, webhooks.outbox
create or replace function webhooks.delivery_claim(
    p_holder text, p_lease_ms int, p_limit int, p_concurrency int, p_after_tenant text, p_after text
) returns table (tenant_id text, id text, lease_no int, endpoint_id text, url text, event_id text,
    event_type text, header_prefix text, body text, secrets text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_events constant int := 500;
begin
    perform webhooks.outbox_fan_out(c_events);
    return query
    with due as (
        select d.tenant_id, d.id, e.turn
        from webhooks.endpoint_due(p_concurrency, p_after_tenant, p_after) as e
        cross join lateral (
            select d.tenant_id, d.id
            from webhooks.delivery d
            where (d.tenant_id, d.endpoint_id) = (e.tenant_id, e.endpoint_id)
                and d.status = 'pending' and d.next_run_at <= now()
                and (d.lease_until is null or d.lease_until <= now())
                and not exists (
                    select from webhooks.delivery b
                    where (b.tenant_id, b.endpoint_id, b.object_id)
                        = (d.tenant_id, d.endpoint_id, d.object_id)
                        and b.status = 'pending' and b.number < d.number)
            order by d.next_run_at
            limit greatest(e.slots, 0)
            for no key update skip locked) as d
        order by e.turn
        limit p_limit
    ), claimed as (
        update webhooks.delivery d
        set lease_holder = p_holder, lease_until = now() + p_lease_ms * interval '1 ms',
            next_run_at = now() + p_lease_ms * interval '1 ms', lease_no = d.lease_no + 1
        from due
        where (d.tenant_id, d.id) = (due.tenant_id, due.id)
        returning d.*, due.turn
    )
    select c.tenant_id::text, c.id::text, c.lease_no, c.endpoint_id::text, e.url, o.id::text,
        o.type::text, a.header_prefix,
        format('{"id":%s,"type":%s,"timestamp":"%s","data":%s}', to_json(o.id), to_json(o.type),
            to_char(o.happened_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), o.data),
        (select string_agg(s.secret, ' ' order by s.number desc)
        from webhooks.secret s
        where (s.tenant_id, s.endpoint_id) = (c.tenant_id, c.endpoint_id)
            and (s.expires_at is null or s.expires_at > now()))
    from claimed c
    join webhooks.endpoint e on (e.tenant_id, e.id) = (c.tenant_id, c.endpoint_id)
    join webhooks.outbox o on (o.tenant_id, o.id) = (c.tenant_id, c.event_id)
    join webhooks.api a on a.api = e.api
    order by c.turn;
end
$$;
grant execute on function webhooks.delivery_claim(text, int, int, int, text, text) to purser_jobs;
