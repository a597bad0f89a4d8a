-- Ends the lease of a key without storing an answer (running -> open): the outcome is
-- unknown, and the client's repeat of the request resumes it.
--
-- Locks: the idempotency row
-- Tables written: core.idempotency
create or replace function core.idempotency_release(p_id bigint) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update core.idempotency i
    set state = 'open', lease_holder = null, lease_until = null
    where i.id = p_id and i.tenant_id = current_setting('purser.tenant', true)
        and i.state = 'running';
end
$$;
grant execute on function core.idempotency_release(bigint)
    to purser_payments, purser_connect, purser_payouts, purser_webhooks;
