-- Transactional outbox: stores a message for the receivers of an api, in the
-- transaction that makes the change; one for each type and dedupe text.
--
-- The events of one object are numbered in the order of their commits: a transaction that would
-- take a number which another one has just taken waits for its end, and then takes the next.
-- So whoever sees an event sees all earlier ones of its object.
--
-- Locks: waits for other transactions that add an event of the object
-- Tables written: webhooks.outbox
create or replace function webhooks.outbox_add(
    p_api text, p_type text, p_object_id text, p_dedupe text, p_data jsonb
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
begin
    loop
        insert into webhooks.outbox (id, tenant_id, api, mode, type, object_id, dedupe, data,
            number, happened_at, pending)
        select core.new_id('msg'), v_tenant, p_api,
            coalesce(nullif(current_setting('purser.mode', true), ''), 'live'), p_type,
            p_object_id, p_dedupe, p_data, coalesce(max(o.number), 0) + 1,
            greatest(clock_timestamp(), max(o.happened_at) + interval '1 microsecond'), true
        from webhooks.outbox o
        where o.tenant_id = v_tenant and o.object_id = p_object_id and o.number is not null
        on conflict do nothing;
        exit when found or exists (
            select from webhooks.outbox o
            where (o.tenant_id, o.type, o.dedupe) = (v_tenant, p_type, p_dedupe));
    end loop;
end
$$;
grant execute on function webhooks.outbox_add(text, text, text, text, jsonb) to purser_background;
