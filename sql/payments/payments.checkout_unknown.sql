-- Stripe did not answer the caller: the payment stays 'creating', its lease ends and
-- purser-jobs calls Stripe again after p_delay_ms.
--
-- Returns: payments.checkout_row
-- Raises: PU404
-- Locks: idempotency row, payment
-- Tables written: payments.payment
create or replace function payments.checkout_unknown(p_payment_id text, p_error text,
    p_delay_ms int)
    returns payments.checkout_row
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payment payments.payment := payments.checkout_lock(p_payment_id);
begin
    if v_payment.status = 'creating' then
        update payments.payment p
        set lease_holder = null, lease_until = null, last_error = p_error,
            next_run_at = now() + p_delay_ms * interval '1 ms', updated_at = now()
        where p.id = v_payment.id
        returning * into v_payment;
    end if;
    return payments.checkout_answer(v_payment);
end
$$;
grant execute on function payments.checkout_unknown(text, text, int)
    to purser_payments, purser_jobs;
