-- Stripe refused to make the PaymentIntent: creating -> failed; with the code
-- 'abandoned' (the call never reached Stripe) -> canceled.  A payment that is no longer
-- 'creating', or was leased again since (p_lease_no), is returned as it is.
--
-- Parameters: p_lease_no of the answer's lease
-- Returns: payments.checkout_row
-- Raises: PU404
-- Locks: idempotency row, payment
-- Tables written: payments.payment
create or replace function payments.checkout_refuse(
    p_payment_id text, p_lease_no int, p_code text, p_message text
) returns payments.checkout_row
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payment payments.payment := payments.checkout_lock(p_payment_id);
begin
    if v_payment.status = 'creating' and v_payment.lease_no = p_lease_no then
        update payments.payment p
        set status = case p_code when 'abandoned' then 'canceled' else 'failed' end,
            failure_code = p_code, failure_message = p_message,
            lease_holder = null, lease_until = null, last_error = null, updated_at = now()
        where p.id = v_payment.id
        returning * into v_payment;
    end if;
    return payments.checkout_answer(v_payment);
end
$$;
grant execute on function payments.checkout_refuse(text, int, text, text)
    to purser_payments, purser_jobs;
