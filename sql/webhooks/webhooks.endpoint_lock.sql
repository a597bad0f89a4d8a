-- Locks an endpoint of the transaction's tenant and mode.
--
-- Raises: PU404
-- Locks: the endpoint
create or replace function webhooks.endpoint_lock(p_api text, p_id text) returns webhooks.endpoint
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_endpoint webhooks.endpoint;
begin
    select e.* into v_endpoint
    from webhooks.endpoint e
    where (e.tenant_id, e.id, e.api, e.mode) = (current_setting('purser.tenant', true), p_id, p_api,
        current_setting('purser.mode', true))
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_endpoint;
end
$$;
