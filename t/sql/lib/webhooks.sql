-- Helpers for webhooks, after world.sql: events of acme, endpoints, attempts.
set local timezone = 'UTC';

create function t.add(p_type text, p_object text, p_dedupe text) returns void language sql as $$
    select webhooks.outbox_add('prop', p_type, p_object, p_dedupe,
        jsonb_build_object('id', p_object))
$$;

-- An endpoint of the tenant that acts; its id.
create function t.endpoint(p_events text[] default '{*}', p_api text default 'prop') returns text
    language sql as $$
    select id
    from webhooks.endpoint_create(p_api, 'https://acme.test/hook', to_json(p_events)::text, null)
$$;

-- Claims as a sender would; the objects and numbers of the events.  The pauses of endpoints that
-- fail count only with p_pause.
create function t.claimed(
    p_limit int default 100, p_concurrency int default 8, p_pause boolean default false
) returns text
    language plpgsql as $$
begin
    perform webhooks.outbox_fan_out(1000);
    update webhooks.endpoint set paused_until = null where not p_pause;
    return (
        select string_agg(d.object_id || ' ' || d.number, ', ' order by d.object_id, d.number)
        from webhooks.delivery_claim('jobs', 60000, p_limit, p_concurrency, '', '') as c
        join webhooks.delivery d on d.id = c.id);
end
$$;

-- Ends the attempts that are under way: with this status, or without an answer.
create function t.answered(p_status int, p_wait_s int default null, p_object text default null)
    returns int language sql as $$
    select webhooks.delivery_settle(array_agg(d.tenant_id::text), array_agg(d.id::text),
        array_agg(d.lease_no), array_agg(p_status), array_agg(12),
        array_agg(case when p_status between 200 and 299 then null
            else coalesce('status ' || p_status, 'no answer') end),
        array_agg('start'::text), array_agg(p_wait_s))
    from webhooks.delivery d
    where d.lease_holder is not null and d.object_id = coalesce(p_object, d.object_id)
$$;

-- What time does: everything is this much older.
create function t.later(p_by interval) returns void language sql as $$
    update webhooks.delivery set next_run_at = next_run_at - p_by, lease_until = lease_until - p_by,
        created_at = created_at - p_by;
    update webhooks.endpoint set created_at = created_at - p_by, trusted_at = trusted_at - p_by,
        last_success_at = last_success_at - p_by, failing_since = failing_since - p_by,
        told_at = told_at - p_by, disabled_at = disabled_at - p_by;
    update webhooks.secret set expires_at = expires_at - p_by;
    -- it is told again, though now() stands still in a test
    update webhooks.outbox set dedupe = id
$$;

-- Recovers the endpoint from the beginning; how many events.
create function t.recover(p_endpoint text) returns int language sql as $$
    select recovered
    from webhooks.endpoint_recover('prop', p_endpoint, '2020-01-01T00:00:00Z',
        '2100-01-01T00:00:00Z')
$$;
