-- Sends a webhook again, also one that arrived, as its client can.
--
-- Parameters: p_tenant slug or id; p_delivery whd_…
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404; PU412 the endpoint is not active
-- Locks: the endpoint, the delivery
-- Tables written: webhooks.delivery, admin.audit
create or replace function admin.resend(
    p_tenant text, p_delivery text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_endpoint webhooks.endpoint;
begin
    perform auth.assume(v_tenant, '');
    select e.* into v_endpoint
    from webhooks.delivery d
    join webhooks.endpoint e on (e.tenant_id, e.id) = (d.tenant_id, d.endpoint_id)
    where (d.tenant_id, d.id) = (v_tenant, p_delivery);
    perform admin.need(found, 'p_delivery', format('no delivery %L of that tenant', p_delivery),
        'PU404');
    perform set_config('purser.mode', v_endpoint.mode, true);
    perform webhooks.delivery_resend(v_endpoint.api, v_endpoint.id, p_delivery);
    perform admin.record('resend', p_delivery, '{}', p_reason, false);
    return admin.finish(format('webhook %s is sent again to %s', p_delivery, v_endpoint.url),
        p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.resend is 'sends a webhook again';
