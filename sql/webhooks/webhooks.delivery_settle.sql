-- Records the attempts that ended: the i-th elements of the arrays are one.
--
-- An answer 2xx is a success.  Otherwise the next attempt comes after 5 s, 5 min, 30 min, 2, 5, 10,
-- 14, 20 and 24 h, with up to a tenth more at random, so that a receiver that comes back does not
-- get all at once, and not before the receiver's Retry-After.  The tenth failure is the last one.
--
-- A success counts whatever became of its lease; a failure only when nobody else has leased the
-- delivery since.  Of what is repeated after a lost answer nothing is recorded twice.
--
-- Later deliveries of the same object are not looked at before this one is due again, and at once
-- when it ended.
--
-- Parameters: p_statuses null = no answer came; p_errors null = a success; p_starts of the answer's
--   body; p_waits_s Retry-After or null
-- Returns: how many attempts were recorded
-- Locks: the endpoints, the deliveries
-- Tables written: webhooks.delivery, webhooks.attempt, webhooks.endpoint, webhooks.outbox
create or replace function webhooks.delivery_settle(
    p_tenants text[], p_ids text[], p_lease_nos int[], p_statuses int[], p_latencies_ms int[],
    p_errors text[], p_starts text[], p_waits_s int[]
) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    c_delays_s constant int[] :=
        array[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400];
    v_done webhooks.delivery[];
begin
    perform
    from webhooks.endpoint e
    where (e.tenant_id, e.id) in (
        select d.tenant_id, d.endpoint_id
        from webhooks.delivery d
        join unnest(p_tenants, p_ids) as c (tenant_id, id)
            on (c.tenant_id, c.id) = (d.tenant_id, d.id))
    order by e.tenant_id, e.id
    for no key update;
    perform
    from webhooks.delivery d
    join unnest(p_tenants, p_ids) as c (tenant_id, id) on (c.tenant_id, c.id) = (d.tenant_id, d.id)
    order by d.tenant_id, d.id
    for no key update of d;
    with came as (
        select *
        from unnest(p_tenants, p_ids, p_lease_nos, p_statuses, p_latencies_ms, p_errors, p_starts,
            p_waits_s) as c (tenant_id, id, lease_no, status, latency_ms, error, start, wait_s)
    ), settled as (
        update webhooks.delivery d
        set attempts = d.attempts + 1, tries = d.tries + 1, response_status = c.status,
            last_error = c.error, lease_holder = null, lease_until = null,
            delivered_at = case when c.error is null then now() else d.delivered_at end,
            status = case when c.error is null then 'delivered'
                when d.tries >= cardinality(c_delays_s) then 'failed' else 'pending' end,
            next_run_at = now() + interval '1 s' * greatest(
                c_delays_s[d.tries + 1] * (1 + random() / 10), c.wait_s, 0)
        from came c
        -- not `= 'pending'`, which lets the planner take the index of all that is pending
        where (d.tenant_id, d.id) = (c.tenant_id, c.id)
            and d.status not in ('delivered', 'failed')
            and (c.error is null or d.lease_no = c.lease_no and d.lease_holder is not null)
        returning d as delivery, c.latency_ms, c.start
    ), logged as (
        insert into webhooks.attempt (tenant_id, delivery_id, number, response_status, latency_ms,
            error, response_start)
        select (s.delivery).tenant_id, (s.delivery).id, (s.delivery).attempts,
            (s.delivery).response_status, s.latency_ms, (s.delivery).last_error, s.start
        from settled s
    )
    select array_agg(s.delivery) into v_done from settled s;
    perform webhooks.delivery_successors(v_done);
    perform webhooks.endpoint_settle(d.tenant_id, d.endpoint_id, bool_or(d.last_error is null),
        bool_or(d.response_status = 410))
    from unnest(v_done) as d
    join webhooks.endpoint e on (e.tenant_id, e.id) = (d.tenant_id, d.endpoint_id)
    group by d.tenant_id, d.endpoint_id
    having bool_or(d.last_error is not null) or bool_or(e.failing_since is not null)
        or bool_or(coalesce(e.last_success_at < now() - interval '5 min', true))
    order by d.tenant_id, d.endpoint_id;
    return coalesce(cardinality(v_done), 0);
end
$$;
grant execute on function webhooks.delivery_settle(
    text[], text[], int[], int[], int[], text[], text[], int[]
) to purser_jobs;
