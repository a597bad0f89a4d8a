-- Transactional outbox: stores a message for the receivers of an api, in the
-- transaction that makes the change; one for each type and dedupe text.
--
-- Tables written: webhooks.outbox
create or replace function webhooks.outbox_add(
    p_api text, p_type text, p_object_id text, p_dedupe text, p_data jsonb
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into webhooks.outbox (id, tenant_id, api, type, object_id, dedupe, data)
    values (core.new_id('msg'), current_setting('purser.tenant', true), p_api, p_type,
        p_object_id, p_dedupe, p_data)
    on conflict (tenant_id, type, dedupe) do nothing;
end
$$;
grant execute on function webhooks.outbox_add(text, text, text, text, jsonb) to purser_background;
