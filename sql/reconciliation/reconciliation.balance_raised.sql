-- Wakes what Stripe refused for now, when a page of balance transactions has new ones that raise
-- the balance.  One that is not readable wakes nothing.
--
-- Parameters: p_page array of Stripe's balance transactions
-- Locks: refund intents, payouts
-- Tables written: payments.refund_intent, payouts.payout
create or replace function reconciliation.balance_raised(p_account text, p_page jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_raised jsonb;
begin
    select jsonb_object_agg(r.currency, r.available_s) into v_raised
    from (
        select lower(p.value ->> 'currency') as currency,
            min((p.value -> 'available_on')::double precision) as available_s
        from jsonb_array_elements(p_page) as p
        where case jsonb_typeof(p.value -> 'net') when 'number'
                then (p.value -> 'net')::numeric > 0 end
            and case jsonb_typeof(p.value -> 'available_on') when 'number'
                then (p.value -> 'available_on')::numeric between 0 and 253402300799 end
            and jsonb_typeof(p.value -> 'currency') = 'string'
            and not exists (
                select from reconciliation.balance_transaction b
                where b.stripe_account = p_account and b.id = p.value ->> 'id')
        group by 1) as r;
    perform core.deferred_wake('payments.refund_intent', 'open', p_account, r.key,
        to_timestamp(r.value::double precision))
    from jsonb_each_text(v_raised) as r;
    perform core.deferred_wake('payouts.payout', 'processing', p_account, r.key,
        to_timestamp(r.value::double precision))
    from jsonb_each_text(v_raised) as r;
end
$$;
