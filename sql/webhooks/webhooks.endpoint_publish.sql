-- Puts what changed of an endpoint into the outbox: it fails, it is well again, it was disabled.
--
-- Tables written: webhooks.outbox
create or replace function webhooks.endpoint_publish(
    p_before webhooks.endpoint, p_after webhooks.endpoint
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_change record;
begin
    if p_before.deactivated_at is not null then
        return;
    end if;
    perform set_config('purser.tenant', p_after.tenant_id, true),
        set_config('purser.mode', p_after.mode, true);
    for v_change in
        select c.type, c.at
        from (values
            ('endpoint.failing', p_after.told_at, p_before.told_at is null),
            ('endpoint.recovered', p_after.last_success_at,
                p_before.told_at is not null and p_after.told_at is null),
            ('endpoint.disabled', p_after.disabled_at, p_before.disabled_at is null)
        ) as c (type, at, is_new)
        where c.is_new and c.at is not null
    loop
        perform webhooks.outbox_add(p_after.api, v_change.type, p_after.id,
            format('%s %s', p_after.id, v_change.at), jsonb_build_object(
                'endpoint_id', p_after.id, 'url', p_after.url, 'at', to_char(
                    v_change.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'failing_since', to_char(coalesce(p_after.failing_since, p_before.failing_since)
                    at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                'reason', p_after.disabled_reason));
    end loop;
end
$$;
