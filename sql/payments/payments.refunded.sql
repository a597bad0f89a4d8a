-- What of a payment was given back, or is on its way, in the currency that Stripe took: all refunds
-- that have not failed, whoever asked for them.
create or replace function payments.refunded(p_payment payments.payment) returns bigint
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(sum(r.amount_cents), 0)::bigint
    from payments.refund r
    where r.payment_id = p_payment.id and r.tenant_id = p_payment.tenant_id
        and r.currency = (payments.received(p_payment)).currency
        and r.status not in ('failed', 'canceled')
$$;
grant execute on function payments.refunded(payments.payment) to purser_background;
