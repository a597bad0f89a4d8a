-- What Stripe took for a paid payment.  It differs from what we asked for after a mismatch.
create or replace function payments.received(
    p_payment payments.payment, out amount_cents bigint, out currency text
)
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(p_payment.received_cents, p_payment.amount_cents),
        coalesce(p_payment.received_currency, p_payment.currency)::text
$$;
grant execute on function payments.received(payments.payment) to purser_background;
