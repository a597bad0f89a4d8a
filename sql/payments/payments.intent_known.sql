-- Whether an event about a PaymentIntent, or about what happened to one, is of a payment or an
-- exception of the transaction's tenant, without asking Stripe.
--
-- Parameters: p_dispute null = it is no dispute's event
create or replace function payments.intent_known(p_intent text, p_dispute text) returns boolean
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
            select from payments.payment p
            where p.stripe_payment_intent_id = p_intent
                and p.tenant_id = current_setting('purser.tenant', true))
        or exists (
            select from payments.dispute d
            where d.id = p_dispute and d.tenant_id = current_setting('purser.tenant', true))
        or exists (
            select from core.exception e
            where e.object_id = p_intent and e.tenant_id = current_setting('purser.tenant', true)
                and e.kind in ('payment_second_intent', 'payment_without_row'))
$$;
grant execute on function payments.intent_known(text, text) to purser_jobs;
