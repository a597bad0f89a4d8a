-- A mismatched payment is settled once Stripe gave back all that it took: its exception is resolved
-- then, and opens again when such a refund fails.
--
-- Parameters: p_payment locked by the caller, with a mismatch
-- Tables written: core.exception
create or replace function payments.mismatch_refunded(p_payment payments.payment) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_detail jsonb;
    v_refunded bigint;
begin
    select e.detail into v_detail
    from core.exception e
    where e.tenant_id = p_payment.tenant_id and e.object_id = p_payment.id
        and e.kind = 'payment_mismatch'
    order by e.opened_at desc, e.id desc
    limit 1;
    select coalesce(sum(r.amount_cents), 0)::bigint into v_refunded
    from payments.refund r
    where r.payment_id = p_payment.id and r.tenant_id = p_payment.tenant_id
        and r.currency = v_detail ->> 'currency' and r.status not in ('failed', 'canceled');
    if v_refunded >= (v_detail ->> 'received')::bigint then
        perform core.exception_resolve('payment_mismatch', p_payment.id,
            'its whole amount was refunded');
    elsif v_detail is not null then
        perform core.exception_open('payment_mismatch', 'payment', p_payment.id, v_detail);
    end if;
end
$$;
grant execute on function payments.mismatch_refunded(payments.payment) to purser_background;
