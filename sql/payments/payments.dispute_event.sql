-- Applies a dispute as Stripe shows it now: row, movements of money, and the
-- account's suspension from the opening until it is won (a lost one stays).
-- Each dispute of a payment is its own reason for suspension.
--
-- Parameters: p_dispute the re-read Stripe dispute (payment_intent as id or expanded)
-- Returns: applied (also: an exception, with an unknown status), ignored (an older reading),
--   parked (as in payments.refund_event)
-- Locks: payment, prop account, event
-- Tables written: payments.dispute, payments.suspension, payments.prop_account, ledger.*,
--   core.exception, stripe_events.event
create or replace function payments.dispute_event(p_event_id text, p_dispute jsonb) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_intent text := coalesce(p_dispute #>> '{payment_intent,id}', p_dispute ->> 'payment_intent');
    v_moves jsonb := coalesce(nullif(p_dispute -> 'balance_transactions', 'null'), '[]');
    v_raw text := p_dispute ->> 'status';
    v_payment payments.payment;
    v_account text;
    v_dispute payments.dispute;
begin
    if v_intent is null then
        return stripe_events.event_mark(p_event_id, 'ignored',
            'a dispute without payment intent is not ours');
    end if;
    select * into v_payment
    from payments.payment p
    where p.stripe_payment_intent_id = v_intent for update;
    if not found or v_payment.status <> 'succeeded' then
        return stripe_events.event_mark(p_event_id, 'parked', v_intent);
    end if;
    perform auth.assume(v_payment.tenant_id, v_payment.user_id);
    select a.id into v_account
    from payments.prop_account a
    where a.payment_id = v_payment.id and a.tenant_id = v_payment.tenant_id
    for update;
    if payments.dispute_status(v_raw) is null then
        perform core.exception_open('dispute_unknown_status', 'dispute', p_dispute ->> 'id',
            jsonb_build_object('payment_id', v_payment.id, 'account_id', v_account,
                'status', v_raw));
        return stripe_events.event_mark(p_event_id, 'applied', 'exception dispute_unknown_status');
    end if;
    perform core.exception_resolve('dispute_unknown_status', p_dispute ->> 'id',
        'Stripe says ' || v_raw);

    insert into payments.dispute as d
        (id, tenant_id, payment_id, amount_cents, currency, status, stripe_status, reason,
            evidence_due_by, movements)
    values (p_dispute ->> 'id', v_payment.tenant_id, v_payment.id, (p_dispute ->> 'amount')::bigint,
        lower(coalesce(p_dispute ->> 'currency', v_payment.currency)),
        payments.dispute_status(v_raw), v_raw, p_dispute ->> 'reason',
        to_timestamp(nullif((p_dispute #>> '{evidence_details,due_by}')::bigint, 0)),
        jsonb_array_length(v_moves))
    on conflict (id) do update
    set amount_cents = excluded.amount_cents, status = excluded.status,
        stripe_status = excluded.stripe_status, reason = excluded.reason,
        evidence_due_by = excluded.evidence_due_by, movements = excluded.movements,
        updated_at = now()
    where d.tenant_id = excluded.tenant_id and d.payment_id = excluded.payment_id
        and not payments.dispute_is_stale(d.stripe_status, d.movements, excluded.stripe_status,
            excluded.movements)
    returning * into v_dispute;
    if not found then
        return stripe_events.event_mark(p_event_id, 'ignored', 'an older reading of the dispute');
    end if;
    perform payments.dispute_post(v_dispute, v_moves);
    perform payments.suspension_set(v_account, 'dispute', v_dispute.id, v_dispute.status <> 'won');
    return stripe_events.event_mark(p_event_id, 'applied', null);
end
$$;
grant execute on function payments.dispute_event(text, jsonb) to purser_jobs;
