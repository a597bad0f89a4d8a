-- Brings our row and the books in line with one refund as Stripe shows it.
--
-- A refund is posted when it is first seen pending, requires_action or succeeded, and
-- reversed when it becomes failed or canceled.  Those two are final, so an older reading
-- of the same refund changes nothing.  It is posted in its own currency; another currency than the
-- payment's is an exception, and so is one that an operator asked for and that failed.
--
-- Parameters: p_payment locked by the caller and succeeded; p_refund a Stripe refund
-- Tables written: payments.refund, payments.refund_intent, core.exception, ledger.*
create or replace function payments.refund_apply(p_payment payments.payment, p_refund jsonb)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text := p_refund ->> 'id';
    v_amount bigint := (p_refund ->> 'amount')::bigint;
    v_received_in text := (payments.received(p_payment)).currency;
    v_currency text := lower(p_refund ->> 'currency');
    v_status text := p_refund ->> 'status';
    v_dead boolean := v_status in ('failed', 'canceled');
    v_contra text := case
        when p_payment.mismatch is null or p_payment.mismatch_accepted_at is not null
            then 'refunds:challenges'
        else 'suspense:payments' end;
    v_old payments.refund;
begin
    perform payments.refund_match(p_payment, p_refund);
    select * into v_old
    from payments.refund r
    where r.id = v_id and r.tenant_id = p_payment.tenant_id;
    if not found then
        insert into payments.refund (id, tenant_id, payment_id, amount_cents, currency, status,
            from_suspense)
        values (v_id, p_payment.tenant_id, p_payment.id, v_amount, v_currency, v_status,
            v_contra = 'suspense:payments');
        if not v_dead then
            perform ledger.post('challenge_refund', v_id,
                array[ledger.leg(v_contra, v_currency, v_amount),
                    ledger.stripe_leg('stripe:clearing', v_currency, -v_amount)],
                to_timestamp((p_refund ->> 'created')::bigint), v_id);
        end if;
        if v_currency <> v_received_in and v_contra = 'refunds:challenges' and not v_dead then
            perform core.exception_open('refund_currency', 'refund', v_id,
                jsonb_build_object('payment_id', p_payment.id, 'amount', v_amount,
                    'currency', v_currency, 'payment_currency', v_received_in));
        end if;
    elsif v_old.payment_id = p_payment.id and v_old.status <> v_status
        and v_old.status not in ('failed', 'canceled')
        and (v_dead or v_old.status <> 'succeeded')
    then
        update payments.refund r
        set status = v_status, updated_at = now()
        where r.id = v_id and r.tenant_id = p_payment.tenant_id;
        if v_dead then
            perform ledger.post('challenge_refund_failed', v_id,
                array[ledger.stripe_leg('stripe:clearing', v_old.currency, v_old.amount_cents),
                    ledger.leg(v_contra, v_old.currency, -v_old.amount_cents)],
                now(), v_id);
            perform core.exception_resolve('refund_currency', v_id, 'the refund failed');
        end if;
    end if;
    if v_dead then
        perform core.exception_open('refund_refused', 'refund_intent', i.id,
            jsonb_build_object('payment_id', i.payment_id, 'amount', i.amount_cents,
                'currency', i.currency, 'code', v_status, 'refund', v_id))
        from payments.refund_intent i
        where i.tenant_id = p_payment.tenant_id and i.stripe_refund_id = v_id;
    end if;
end
$$;
grant execute on function payments.refund_apply(payments.payment, jsonb) to purser_background;
