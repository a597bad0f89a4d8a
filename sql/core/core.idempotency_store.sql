-- Stores a deterministic refusal under the caller's key; the first answer wins.
-- An open or running row is never overwritten: its request may have moved money.
--
-- Returns: the answer to give: response_status, response_body, replayed
-- Raises: PU409 another request, PU410 the key is in use
-- Locks: the idempotency row
-- Tables written: core.idempotency
create or replace function core.idempotency_store(
    p_api text, p_method text, p_path text, p_key text, p_request_hash bytea, p_status int,
    p_body text
) returns table (response_status int, response_body text, replayed boolean)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_principal text := current_setting('purser.principal', true);
    v_row core.idempotency;
begin
    loop
        insert into core.idempotency
            (tenant_id, api, principal, method, path, key, request_hash, state, response_status,
                response_body)
        values (v_tenant, p_api, v_principal, p_method, p_path, p_key, p_request_hash, 'done',
            p_status, p_body)
        on conflict (tenant_id, api, principal, method, path, key) do nothing;
        if found then
            return query select p_status, p_body, false;
            return;
        end if;

        select * into v_row
        from core.idempotency i
        where i.tenant_id = v_tenant and i.api = p_api and i.principal = v_principal
            and i.method = p_method and i.path = p_path and i.key = p_key
        for no key update;
        exit when found; -- else pruned in between
    end loop;

    if v_row.request_hash <> p_request_hash then
        raise exception using errcode = 'PU409',
            message = 'this Idempotency-Key was used with another request';
    elsif v_row.state <> 'done' then
        raise exception using errcode = 'PU410',
            message = 'a request with this Idempotency-Key is still running';
    end if;
    return query select v_row.response_status, v_row.response_body, true;
end
$$;
grant execute on function core.idempotency_store(
    text, text, text, text, bytea, int, text
) to purser_payments, purser_connect, purser_payouts, purser_webhooks;
