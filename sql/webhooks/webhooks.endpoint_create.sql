-- Makes an endpoint, to which events of the types are sent from now on.
--
-- Parameters: p_url the program has checked it; p_events a JSON array of texts
-- Returns: the endpoint with its secret
-- Raises: PU422 an unknown type (column events); PU412 the tenant has 50 endpoints of the api
-- Locks: the tenant's endpoints, by an advisory lock until the end of the transaction
-- Tables written: webhooks.endpoint, webhooks.secret
create or replace function webhooks.endpoint_create(
    p_api text, p_url text, p_events text, p_description text
) returns table (id text, url text, events jsonb, active boolean, description text, secret text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_endpoints constant int := 50;
    v_tenant text := current_setting('purser.tenant', true);
    v_mode text := current_setting('purser.mode', true);
    v_id text := core.new_id('whe');
    v_events text[];
    v_known text[];
    v_unknown text;
begin
    select array_agg(e.type order by e.first) into v_events
    from (
        select t.type, min(t.place) as first
        from jsonb_array_elements_text(p_events::jsonb) with ordinality as t (type, place)
        group by t.type
    ) as e;
    select a.events || a.unsent || '{*}' into strict v_known
    from webhooks.api a
    where a.api = p_api;
    select format('%s is not one of %s', left(to_json(e.type)::text, 80),
        array_to_string(v_known, ', ')) into v_unknown
    from unnest(v_events) with ordinality as e (type, place)
    where e.type <> all (v_known)
    order by e.place
    limit 1;
    if v_unknown is not null then
        raise exception using errcode = 'PU422', column = 'events', message = v_unknown;
    end if;
    perform pg_advisory_xact_lock(hashtextextended(
        concat_ws(' ', 'webhooks.endpoint_create', v_tenant, p_api, v_mode), 0));
    if (select count(*)
        from webhooks.endpoint e
        where (e.tenant_id, e.api, e.mode) = (v_tenant, p_api, v_mode)
            and e.deactivated_at is null) >= c_endpoints
    then
        raise exception using errcode = 'PU412', message = format('there are %s webhook endpoints, '
            'which is the limit: delete one first', c_endpoints);
    end if;
    insert into webhooks.endpoint (tenant_id, id, api, mode, url, events, description)
    values (v_tenant, v_id, p_api, v_mode, p_url, v_events, p_description);
    return query
    select e.id, e.url, to_jsonb(e.events), true, e.description,
        webhooks.secret_add(v_tenant, v_id)
    from webhooks.endpoint e
    where (e.tenant_id, e.id) = (v_tenant, v_id);
end
$$;
grant execute on function webhooks.endpoint_create(text, text, text, text) to purser_webhooks;
