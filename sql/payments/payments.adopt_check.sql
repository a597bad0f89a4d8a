-- Refuses a PaymentIntent that cannot be what paid a payment.
--
-- Parameters: p_payment locked by the caller; p_exception of the PaymentIntent; p_amount and
--   p_currency that it took
-- Raises: PU421, PU422, PU435 as payments.payment_adopt
create or replace function payments.adopt_check(
    p_payment payments.payment, p_exception core.exception, p_amount numeric, p_currency text
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_payment.status = 'succeeded' then
        raise exception using errcode = 'PU435', message = format('payment %s is paid by %s: '
            'refund %s at Stripe, which closes its exception, or adopt it for another payment',
            p_payment.id, p_payment.stripe_payment_intent_id, p_exception.object_id);
    elsif (p_payment.amount_cents, p_payment.currency::text)
        is distinct from (p_amount::bigint, p_currency)
    then
        raise exception using errcode = 'PU421', column = 'p_object', message = format(
            'the PaymentIntent took %s %s, the payment asks %s %s', p_amount, p_currency,
            p_payment.amount_cents, p_payment.currency);
    elsif p_payment.user_id is distinct from coalesce(
        p_exception.detail #>> '{metadata,purser_user}',
        (select p.user_id::text
            from payments.payment p
            where p.tenant_id = p_payment.tenant_id and p.id = p_exception.detail ->> 'payment_id'))
    then
        raise exception using errcode = 'PU422', column = 'p_object',
            message = 'p_object: the PaymentIntent is another user''s';
    end if;
end
$$;
