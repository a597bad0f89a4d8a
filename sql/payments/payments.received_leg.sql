-- Where the money of a PaymentIntent is when it is booked for its payment: in stripe:clearing, or
-- in suspense:payments when it came before there was a row (payments.payment_unexpected).
create or replace function payments.received_leg(
    p_intent_id text, p_currency text, p_amount bigint
) returns ledger.leg
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case when exists (
            select from ledger.transfer t
            where t.tenant_id = current_setting('purser.tenant', true)
                and t.kind = 'payment_unexpected' and t.source = p_intent_id)
        then ledger.leg('suspense:payments', p_currency, p_amount)
        else ledger.stripe_leg('stripe:clearing', p_currency, p_amount) end
$$;
