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
--
-- Statistics of tables that are queues are always out of date, so this module's functions that read
-- them allow only plans by indexes.
create or replace function webhooks.delivery_claim(
    p_holder text, p_lease_ms int, p_limit int, p_concurrency int, p_after_tenant text, p_after text
) returns table (tenant_id text, id text, lease_no int, endpoint_id text, url text, event_id text,
    event_type text, header_prefix text, body text, secrets text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    c_events constant int := 100;
    v_endpoint record;
    v_count int := 0;
    v_claimed int;
begin
    perform webhooks.outbox_fan_out(c_events);
    for v_endpoint in
        select d.tenant_id, d.endpoint_id, d.slots, e.url, a.header_prefix, (
            select string_agg(s.secret, ' ' order by s.number desc)
            from webhooks.secret s
            where (s.tenant_id, s.endpoint_id) = (d.tenant_id, d.endpoint_id)
                and (s.expires_at is null or s.expires_at > now())) as secrets
        from webhooks.endpoint_due(p_concurrency, p_after_tenant, p_after) as d
        join webhooks.endpoint e on (e.tenant_id, e.id) = (d.tenant_id, d.endpoint_id)
        join webhooks.api a on a.api = e.api
        where d.slots > 0
        order by d.turn
    loop
        return query
        select v_endpoint.tenant_id, c.id::text, c.lease_no, v_endpoint.endpoint_id,
            v_endpoint.url, o.id::text, o.type::text, v_endpoint.header_prefix,
            format('{"id":%s,"type":%s,"timestamp":"%s","data":%s}', to_json(o.id),
                to_json(o.type), to_char(o.happened_at at time zone 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), o.data),
            v_endpoint.secrets
        from webhooks.delivery_lease(v_endpoint.tenant_id, v_endpoint.endpoint_id, p_holder,
            p_lease_ms, least(v_endpoint.slots, p_limit - v_count)) as c
        join webhooks.outbox o on (o.tenant_id, o.id) = (v_endpoint.tenant_id, c.event_id);
        get diagnostics v_claimed = row_count;
        v_count := v_count + v_claimed;
        exit when v_count >= p_limit;
    end loop;
end
$$;
grant execute on function webhooks.delivery_claim(text, int, int, int, text, text) to purser_jobs;
