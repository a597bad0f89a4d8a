-- The PaymentIntent of a payment that is not final could not be read or canceled: the reason is
-- noted for operators, until a reading or an event is applied, and the attempt's lease ends.
--
-- Locks: payment
-- Tables written: payments.payment
create or replace function payments.payment_intent_unread(p_payment_id text, p_error text)
    returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update payments.payment p
    set last_error = p_error, lease_holder = null, lease_until = null
    where p.id = p_payment_id and p.status not in ('succeeded', 'canceled', 'failed')
$$;
grant execute on function payments.payment_intent_unread(text, text) to purser_jobs;
