-- Stripe did not answer: the refund intent stays open, its lease ends and purser-jobs calls Stripe
-- again after p_delay_ms.  One that was leased again since stays as it is.
--
-- Parameters: p_lease_no of the call's lease
-- Returns: the intent's status
-- Raises: PU404
-- Locks: refund intent
-- Tables written: payments.refund_intent
create or replace function payments.refund_unknown(
    p_id text, p_lease_no int, p_error text, p_delay_ms int
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_intent payments.refund_intent := payments.refund_lock(p_id);
begin
    update payments.refund_intent i
    set lease_holder = null, lease_until = null, last_error = p_error,
        next_run_at = now() + p_delay_ms * interval '1 ms', updated_at = now()
    where i.tenant_id = v_intent.tenant_id and i.id = p_id and i.status = 'open'
        and i.lease_no = p_lease_no;
    return v_intent.status;
end
$$;
grant execute on function payments.refund_unknown(text, int, text, int) to purser_jobs;
