-- Stripe did not answer the caller: the payment stays 'creating', its lease ends and
-- purser-jobs calls Stripe again after p_delay_ms.  One that was leased again since is returned as
-- it is.
--
-- Parameters: p_lease_no of the call's lease
-- Returns: payments.checkout_row
-- Raises: PU404
-- Locks: idempotency row, payment
-- Tables written: payments.payment
create or replace function payments.checkout_unknown(
    p_payment_id text, p_lease_no int, p_error text, p_delay_ms int
) returns payments.checkout_row
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payment payments.payment := payments.checkout_lock(p_payment_id);
begin
    if v_payment.status = 'creating' and v_payment.lease_no = p_lease_no then
        update payments.payment p
        set lease_holder = null, lease_until = null, last_error = p_error,
            next_run_at = now() + p_delay_ms * interval '1 ms', updated_at = now()
        where p.id = v_payment.id
        returning * into v_payment;
    end if;
    return payments.checkout_answer(v_payment);
end
$$;
grant execute on function payments.checkout_unknown(text, int, text, int)
    to purser_payments, purser_jobs;
