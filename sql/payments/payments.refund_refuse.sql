-- Stripe refused the refund of an intent for good, or, with the code 'abandoned', the call never
-- reached Stripe: open -> refused, and an exception for the operator who asked for it.  One that
-- was leased again since stays as it is.
--
-- Parameters: p_lease_no of the answer's lease
-- Returns: the intent's status
-- Raises: PU404
-- Locks: refund intent
-- Tables written: payments.refund_intent, core.exception
create or replace function payments.refund_refuse(
    p_id text, p_lease_no int, p_code text, p_message text
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_intent payments.refund_intent := payments.refund_lock(p_id);
begin
    if v_intent.status = 'open' and v_intent.lease_no = p_lease_no then
        update payments.refund_intent i
        set status = 'refused', failure_code = p_code, failure_message = p_message,
            lease_holder = null, lease_until = null, last_error = null, updated_at = now()
        where i.tenant_id = v_intent.tenant_id and i.id = p_id
        returning * into v_intent;
        perform core.exception_open('refund_refused', 'refund_intent', p_id,
            jsonb_build_object('payment_id', v_intent.payment_id,
                'amount', v_intent.amount_cents, 'currency', v_intent.currency,
                'code', p_code, 'message', p_message));
    end if;
    return v_intent.status;
end
$$;
grant execute on function payments.refund_refuse(text, int, text, text) to purser_jobs;
