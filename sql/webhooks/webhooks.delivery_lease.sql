-- Leases up to p_limit deliveries of an endpoint that are due, those first that are due longest,
-- skipping locked ones and those that wait for an earlier one of their object.
--
-- Locks: the leased deliveries
-- Tables written: webhooks.delivery
create or replace function webhooks.delivery_lease(
    p_tenant text, p_endpoint text, p_holder text, p_lease_ms int, p_limit int
) returns setof webhooks.delivery
    language sql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    with due as (
        select d.id
        from webhooks.delivery d
        where d.tenant_id = p_tenant and d.endpoint_id = p_endpoint and d.status = 'pending'
            and d.next_run_at <= now() and (d.lease_until is null or d.lease_until <= now())
            and d.number = (
                select min(b.number)
                from webhooks.delivery b
                where b.tenant_id = p_tenant and b.endpoint_id = p_endpoint
                    and b.object_id = d.object_id and b.status = 'pending')
        order by d.next_run_at
        limit p_limit
        for no key update skip locked
    )
    update webhooks.delivery d
    set lease_holder = p_holder, lease_until = now() + p_lease_ms * interval '1 ms',
        next_run_at = now() + p_lease_ms * interval '1 ms', lease_no = d.lease_no + 1
    from due
    where d.tenant_id = p_tenant and d.id = due.id
    returning d.*
$$;
