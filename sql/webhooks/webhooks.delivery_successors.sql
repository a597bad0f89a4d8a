-- Says when the later deliveries of the same endpoint and object are to be looked at: when this one
-- is due again, or now, when it was delivered or given up.  Claims keep the order themselves.
--
-- Locks: those deliveries
-- Tables written: webhooks.delivery
create or replace function webhooks.delivery_successors(p_done webhooks.delivery[]) returns void
    language sql
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    with waited_for as materialized (
        select d.*
        from unnest(p_done) as d
        where d.number < (
            select max(n.number)
            from webhooks.delivery n
            where (n.tenant_id, n.endpoint_id, n.object_id)
                = (d.tenant_id, d.endpoint_id, d.object_id) and n.status = 'pending')
    )
    update webhooks.delivery n
    set next_run_at = case d.status when 'pending' then d.next_run_at else now() end
    from waited_for d
    where (n.tenant_id, n.endpoint_id, n.object_id) = (d.tenant_id, d.endpoint_id, d.object_id)
        and n.status = 'pending' and n.number > d.number and n.lease_holder is null
        and (d.status = 'pending') = (n.next_run_at < d.next_run_at)
$$;
