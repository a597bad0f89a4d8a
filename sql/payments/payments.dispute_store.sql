-- Stores a dispute as Stripe shows it.
--
-- Parameters: p_payment locked by the caller; p_movements number of Stripe's balance transactions
-- Returns: our row; while we do not know Stripe's status it keeps ours, needs_response at first
-- Tables written: payments.dispute
create or replace function payments.dispute_store(
    p_payment payments.payment, p_dispute jsonb, p_movements int
) returns payments.dispute
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_status text := payments.dispute_status(p_dispute ->> 'status');
    v_due timestamptz :=
        to_timestamp(nullif((p_dispute #>> '{evidence_details,due_by}')::bigint, 0));
    v_dispute payments.dispute;
begin
    update payments.dispute d
    set amount_cents = (p_dispute ->> 'amount')::bigint, status = coalesce(v_status, d.status),
        stripe_status = p_dispute ->> 'status', reason = p_dispute ->> 'reason',
        evidence_due_by = v_due, movements = greatest(d.movements, p_movements), updated_at = now()
    where d.id = p_dispute ->> 'id' and d.tenant_id = p_payment.tenant_id
    returning * into v_dispute;
    if not found then
        insert into payments.dispute (id, tenant_id, payment_id, amount_cents, currency, status,
            stripe_status, reason, evidence_due_by, movements)
        values (p_dispute ->> 'id', p_payment.tenant_id, p_payment.id,
            (p_dispute ->> 'amount')::bigint,
            lower(coalesce(p_dispute ->> 'currency', p_payment.currency)),
            coalesce(v_status, 'needs_response'), p_dispute ->> 'status', p_dispute ->> 'reason',
            v_due, p_movements)
        returning * into v_dispute;
    end if;
    return v_dispute;
end
$$;
grant execute on function payments.dispute_store(payments.payment, jsonb, int)
    to purser_background;
