-- Applies a dispute at the Stripe account of the transaction's tenant, as Stripe shows it now: row,
-- movements of money, and the account's suspension from the opening until it is won (a lost one
-- stays).  Each dispute of a payment is its own reason for suspension.  An inquiry suspends
-- nothing; while it is open it holds the account's payouts (payouts.case_hold).
--
-- A status that we do not know leaves the dispute open, with an exception; its money is booked.
--
-- Parameters: p_dispute the re-read Stripe dispute (payment_intent as id or expanded)
-- Returns: applied, ignored (an older reading, another payment's), parked and stranger (as in
--   payments.refund_event)
-- Locks: payment, prop account, event
-- Tables written: payments.dispute, payments.dispute_movement, payments.dispute_loss,
--   payments.suspension, payments.prop_account, core.exception, ledger.*, stripe_events.event
create or replace function payments.dispute_event(p_event_id text, p_dispute jsonb) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_intent text := coalesce(p_dispute #>> '{payment_intent,id}', p_dispute ->> 'payment_intent');
    v_moves jsonb := coalesce(nullif(p_dispute -> 'balance_transactions', 'null'), '[]');
    v_payment payments.payment := payments.dispute_payment(p_dispute ->> 'id', v_intent);
    v_account text;
    v_dispute payments.dispute;
begin
    if v_payment.id is null and v_intent is null then
        return stripe_events.event_mark(p_event_id, 'stranger',
            'a dispute without payment intent is not ours');
    elsif v_payment.id is null or v_payment.status <> 'succeeded' then
        return coalesce(payments.unexpected_disputed(p_event_id, v_intent, p_dispute),
            stripe_events.event_mark(p_event_id,
                case when payments.intent_known(v_intent, null) then 'parked'
                    else 'stranger' end, v_intent));
    elsif v_payment.stripe_payment_intent_id <> v_intent then
        return stripe_events.event_mark(p_event_id, 'ignored', 'a dispute of another payment');
    end if;
    perform auth.assume(v_payment.tenant_id, v_payment.user_id);
    select a.id into v_account
    from payments.prop_account a
    where a.payment_id = v_payment.id and a.tenant_id = v_payment.tenant_id
    for no key update;

    select * into v_dispute
    from payments.dispute d
    where d.id = p_dispute ->> 'id' and d.tenant_id = v_payment.tenant_id;
    if found and payments.dispute_is_stale(v_dispute, p_dispute ->> 'status', v_moves) then
        return stripe_events.event_mark(p_event_id, 'ignored', 'an older reading of the dispute');
    end if;
    v_dispute := payments.dispute_store(v_payment, p_dispute, jsonb_array_length(v_moves));
    perform payments.dispute_post(v_dispute, v_moves);
    perform payments.suspension_set(v_account, 'dispute', v_dispute.id, v_dispute.status <> 'won'
        and not payments.dispute_is_inquiry(v_dispute.stripe_status));
    if payments.dispute_status(v_dispute.stripe_status) is null then
        perform core.exception_open('dispute_unknown_status', 'dispute', v_dispute.id,
            jsonb_build_object('payment_id', v_payment.id, 'account_id', v_account,
                'status', v_dispute.stripe_status));
    else
        perform core.exception_resolve('dispute_unknown_status', v_dispute.id,
            'Stripe says ' || v_dispute.stripe_status);
    end if;
    return stripe_events.event_mark(p_event_id, 'applied', null);
end
$$;
grant execute on function payments.dispute_event(text, jsonb) to purser_jobs;
