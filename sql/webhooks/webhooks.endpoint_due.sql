-- Endpoints with deliveries that may be sent now, and how many at once: fewer than p_concurrency by
-- those under way, and one while the endpoint fails, after its pause.  They take turns: the first
-- one comes after the endpoint that p_after_tenant and p_after name.
--
-- It looks at one row of the index for each endpoint, however many deliveries it has.
create or replace function webhooks.endpoint_due(
    p_concurrency int, p_after_tenant text, p_after text
) returns table (tenant_id text, endpoint_id text, slots int, turn bigint)
    language sql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    with recursive endpoint as (
        (select d.tenant_id, d.endpoint_id
        from webhooks.delivery d
        where d.status = 'pending'
        order by d.tenant_id, d.endpoint_id
        limit 1)
        union all
        select n.tenant_id, n.endpoint_id
        from endpoint b
        cross join lateral (
            select d.tenant_id, d.endpoint_id
            from webhooks.delivery d
            where d.status = 'pending'
                and (d.tenant_id, d.endpoint_id) > (b.tenant_id, b.endpoint_id)
            order by d.tenant_id, d.endpoint_id
            limit 1) as n
    )
    select a.tenant_id, a.id,
        (case when a.failing_since is null then p_concurrency else 1 end - (
            select count(*)
            from webhooks.delivery d
            where (d.tenant_id, d.endpoint_id) = (a.tenant_id, a.id) and d.lease_until > now()
                and d.lease_holder is not null))::int,
        row_number() over (
            order by (a.tenant_id, a.id) <= (p_after_tenant, p_after), a.tenant_id, a.id)
    from endpoint e
    join webhooks.endpoint_active_v a on (a.tenant_id, a.id) = (e.tenant_id, e.endpoint_id)
    where coalesce(a.paused_until <= now(), true) and exists (
        select from webhooks.delivery d
        where (d.tenant_id, d.endpoint_id) = (a.tenant_id, a.id) and d.status = 'pending'
            and d.next_run_at <= now())
$$;
