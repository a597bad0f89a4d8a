-- Gives an endpoint another secret; the one it has is good for another 24 hours.
--
-- Returns: the endpoint with its new secret
-- Raises: PU404; PU412 the endpoint is deactivated
-- Locks: the endpoint
-- Tables written: webhooks.secret
create or replace function webhooks.endpoint_rotate(p_api text, p_id text)
    returns table (id text, url text, events jsonb, active boolean, description text, secret text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_endpoint webhooks.endpoint := webhooks.endpoint_lock(p_api, p_id);
begin
    perform webhooks.endpoint_need(v_endpoint);
    return query
    select v.id::text, v.url, v.events, v.active, v.description,
        webhooks.secret_add(v_endpoint.tenant_id, p_id)
    from webhooks.endpoint_v v
    where v.id = p_id;
end
$$;
grant execute on function webhooks.endpoint_rotate(text, text) to purser_webhooks;
