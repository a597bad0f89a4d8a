-- Stores the final answer (running or open -> done).  A second call changes nothing.
--
-- Locks: the idempotency row
-- Tables written: core.idempotency
create or replace function core.idempotency_finish(p_id bigint, p_status int, p_body text)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update core.idempotency i
    set state = 'done', response_status = p_status, response_body = p_body, lease_holder = null,
        lease_until = null
    where i.id = p_id and i.tenant_id = current_setting('purser.tenant', true)
        and i.state <> 'done';
end
$$;
grant execute on function core.idempotency_finish(bigint, int, text)
    to purser_payments, purser_connect, purser_payouts, purser_webhooks;
