-- Settles the intent that a refund of Stripe was made of, if an operator asked for it: the refund's
-- metadata names it.
--
-- Parameters: p_payment locked by the caller; p_refund a Stripe refund
-- Tables written: payments.refund_intent, core.exception
create or replace function payments.refund_match(p_payment payments.payment, p_refund jsonb)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_intent text;
begin
    update payments.refund_intent i
    set status = 'settled', stripe_refund_id = p_refund ->> 'id', lease_holder = null,
        lease_until = null, last_error = null, updated_at = now()
    where i.tenant_id = p_payment.tenant_id and i.payment_id = p_payment.id
        and i.id = p_refund #>> '{metadata,purser_object}' and i.status <> 'settled'
        and core.metadata_names(p_refund -> 'metadata', 'prop', i.tenant_id, i.id, '', null)
    returning i.id into v_intent;
    if found then
        perform core.exception_resolve('refund_refused', v_intent,
            'Stripe made it: ' || (p_refund ->> 'id'));
    end if;
end
$$;
