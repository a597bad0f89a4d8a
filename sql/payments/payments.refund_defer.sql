-- Stripe refused the refund of an intent for now: the intent stays open, with the reason, and
-- purser-jobs asks again, as after payouts.payout_defer.
--
-- Parameters: p_lease_no of the call's lease: once it ended, nothing is changed; else as
--   payouts.payout_defer
-- Returns: the intent's status
-- Raises: PU404
-- Locks: refund intent
-- Tables written: payments.refund_intent
create or replace function payments.refund_defer(
    p_id text, p_lease_no int, p_code text, p_message text, p_key_spent boolean,
    p_delay_ms int
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_intent payments.refund_intent := payments.refund_lock(p_id);
    v_new_key int := (p_key_spent or v_intent.sends = 1)::int;
begin
    update payments.refund_intent i
    set attempt = i.attempt + v_new_key, sends = i.sends * (1 - v_new_key),
        deferrals = i.deferrals + p_key_spent::int,
        attempts = case when p_key_spent then 0 else i.attempts end,
        last_error = format('refused for now, %s: %s', p_code, p_message), lease_holder = null,
        lease_until = null, updated_at = now(),
        next_run_at = least(
            now() + case when p_key_spent then core.refused_delay(i.deferrals + 1)
                else p_delay_ms * interval '1 ms' end,
            case when i.woken_at >= i.sent_at then i.woken_at end),
        woken_at = null
    where i.tenant_id = v_intent.tenant_id and i.id = p_id and i.status = 'open'
        and i.lease_no = p_lease_no and i.lease_holder is not null;
    return v_intent.status;
end
$$;
grant execute on function payments.refund_defer(
    text, int, text, text, boolean, int
) to purser_jobs;
