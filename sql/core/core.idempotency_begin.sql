-- Takes an Idempotency-Key for the caller's request: a new row, or an open one
-- (unknown outcome) or one whose holder's lease ran out.
--
-- Of parallel calls with one key the unique index lets one insert.  The others wait for its commit
-- and then find its row, so they neither deadlock nor raise a unique violation.
--
-- Parameters: p_request_hash of query, X-Prop-Account and body; p_holder with p_lease_ms
-- Returns: id of the row; also in purser.idempotency for this transaction
-- Raises: PU409 another request, PU410 still running, PU411 answer stored
-- Locks: the idempotency row (first of all locks: idempotency, payment, prop account,
--   ledger accounts, events)
-- Tables written: core.idempotency
create or replace function core.idempotency_begin(
    p_api text, p_method text, p_path text, p_key text, p_request_hash bytea, p_holder text,
    p_lease_ms int
) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_principal text := current_setting('purser.principal', true);
    v_until timestamptz := clock_timestamp() + p_lease_ms * interval '1 ms';
    v_row core.idempotency;
begin
    loop
        insert into core.idempotency as i
            (tenant_id, api, principal, method, path, key, request_hash, state, lease_holder,
                lease_until)
        values (v_tenant, p_api, v_principal, p_method, p_path, p_key, p_request_hash,
            'running', p_holder, v_until)
        on conflict (tenant_id, api, principal, method, path, key) do nothing
        returning i.id into v_row.id;
        exit when found;

        select * into v_row
        from core.idempotency i
        where i.tenant_id = v_tenant and i.api = p_api and i.principal = v_principal
            and i.method = p_method and i.path = p_path and i.key = p_key
        for no key update;
        continue when not found; -- pruned in between

        if v_row.request_hash <> p_request_hash then
            raise exception using errcode = 'PU409',
                message = 'this Idempotency-Key was used with another request';
        elsif v_row.state = 'done' then
            raise exception using errcode = 'PU411', message = 'the answer is stored';
        elsif v_row.state = 'running' and v_row.lease_until > clock_timestamp() then
            raise exception using errcode = 'PU410',
                message = 'a request with this Idempotency-Key is still running';
        end if;
        update core.idempotency i
        set state = 'running', lease_holder = p_holder, lease_until = v_until
        where i.id = v_row.id;
        exit;
    end loop;
    perform set_config('purser.idempotency', v_row.id::text, true);
    return v_row.id;
end
$$;
grant execute on function core.idempotency_begin(
    text, text, text, text, bytea, text, int
) to purser_payments, purser_connect, purser_payouts, purser_webhooks;
