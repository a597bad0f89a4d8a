-- Refuses what cannot be done with a deactivated endpoint.
--
-- Raises: PU412
create or replace function webhooks.endpoint_need(p_endpoint webhooks.endpoint) returns void
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_endpoint.deactivated_at is not null then
        raise exception using errcode = 'PU412',
            message = 'the webhook endpoint is deactivated: create another one';
    end if;
end
$$;
