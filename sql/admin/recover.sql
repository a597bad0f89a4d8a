-- Sends an endpoint what it has missed, as its client can; a disabled one is active again.
--
-- Parameters: p_tenant slug or id; p_endpoint whe_…; p_since, p_until null = until now
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404; PU412 the endpoint is deactivated; PU422 p_since is not before p_until
-- Locks: the endpoint, its deliveries
-- Tables written: webhooks.endpoint, webhooks.delivery, admin.audit
create or replace function admin.recover(
    p_tenant text, p_endpoint text, p_since timestamptz, p_until timestamptz, p_reason text,
    p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_form constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
    v_tenant text := admin.tenant_id(p_tenant);
    v_endpoint webhooks.endpoint;
    v_window record;
begin
    perform auth.assume(v_tenant, '');
    select e.* into v_endpoint
    from webhooks.endpoint e
    where (e.tenant_id, e.id) = (v_tenant, p_endpoint);
    perform admin.need(found, 'p_endpoint', format('no endpoint %L of that tenant', p_endpoint),
        'PU404');
    perform admin.need(p_since is not null, 'p_since', 'a time is needed, from when on');
    perform set_config('purser.mode', v_endpoint.mode, true);
    select * into v_window
    from webhooks.endpoint_recover(v_endpoint.api, p_endpoint,
        to_char(p_since at time zone 'UTC', c_form), to_char(p_until at time zone 'UTC', c_form));
    perform admin.record('recover', p_endpoint, jsonb_build_object('since', p_since, 'until',
        p_until), p_reason, false);
    return admin.finish(format('%s events are sent to %s%s', v_window.recovered, v_endpoint.url,
        case when v_window.has_more then ', and there are more: call it again' else '' end),
        p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.recover is 'sends a webhook endpoint what it has missed since a time';
