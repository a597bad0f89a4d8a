-- The stored answer of the caller's key; no row when there is none.
--
-- Returns: response_status, response_body
create or replace function core.idempotency_replay(
    p_api text, p_method text, p_path text, p_key text
) returns table (response_status int, response_body text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select i.response_status, i.response_body
    from core.idempotency i
    where i.tenant_id = current_setting('purser.tenant', true) and i.api = p_api
        and i.principal = current_setting('purser.principal', true)
        and i.method = p_method and i.path = p_path and i.key = p_key and i.state = 'done';
end
$$;
grant execute on function core.idempotency_replay(text, text, text, text)
    to purser_payments, purser_connect, purser_payouts, purser_webhooks;
