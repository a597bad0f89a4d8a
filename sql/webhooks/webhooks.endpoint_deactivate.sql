-- Ends an endpoint for good: nothing is sent there any more.  What was sent stays to be seen.
--
-- Raises: PU404
-- Locks: the endpoint
-- Tables written: webhooks.endpoint, webhooks.secret
create or replace function webhooks.endpoint_deactivate(p_api text, p_id text) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_endpoint webhooks.endpoint := webhooks.endpoint_lock(p_api, p_id);
begin
    update webhooks.endpoint e
    set deactivated_at = now()
    where (e.tenant_id, e.id) = (v_endpoint.tenant_id, p_id) and e.deactivated_at is null;
    delete from webhooks.secret s
    where (s.tenant_id, s.endpoint_id) = (v_endpoint.tenant_id, p_id);
    return true;
end
$$;
grant execute on function webhooks.endpoint_deactivate(text, text) to purser_webhooks;
