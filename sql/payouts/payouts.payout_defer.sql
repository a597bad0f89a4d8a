-- Stripe refused this attempt's transfer for now: the payout stays processing and committed, with
-- the reason, and purser-jobs asks again.  The refusal of an earlier attempt changes nothing.
--
-- What Stripe keeps under the key is about our money: the next request has another key, and comes
-- after core.refused_delay, or at once when money has come in since the attempt was sent.  What it
-- does not keep passes within seconds, as a rate limit: the next request comes after p_delay_ms,
-- and has another key only when nothing else was sent under this one, which may have taken effect.
--
-- Parameters: p_attempt that was asked for; p_message Stripe's, for operators; p_key_spent Stripe
--   keeps the refusal under the key; p_lease_no as in payouts.payout_refuse
-- Returns: the payout as payouts.payout_v shows it to its user
-- Raises: PU404; PU450 not proved
-- Locks: estimate, payout
-- Tables written: payouts.payout
create or replace function payouts.payout_defer(
    p_id text, p_attempt int, p_code text, p_message text, p_key_spent boolean,
    p_delay_ms int, p_lease_no int default null
) returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_lock(p_id, false);
    v_new_key int := (p_key_spent or v_payout.sends = 1)::int;
    v_answer payouts.payout_v;
begin
    perform core.outcome_check('payouts.payout_defer');
    update payouts.payout p
    set attempt = p.attempt + v_new_key, sends = p.sends * (1 - v_new_key),
        deferrals = p.deferrals + p_key_spent::int,
        attempts = case when p_key_spent then 0 else p.attempts end, failure_code = p_code,
        last_error = format('refused for now: %s', p_message), lease_holder = null,
        lease_until = null, updated_at = now(),
        next_run_at = least(
            now() + case when p_key_spent then core.refused_delay(p.deferrals + 1)
                else p_delay_ms * interval '1 ms' end,
            case when p.woken_at >= p.sent_at then p.woken_at end),
        woken_at = null
    where p.id = p_id and v_payout.status = 'processing' and v_payout.attempt = p_attempt
        and v_payout.lease_no = coalesce(p_lease_no, v_payout.lease_no);
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_defer(
    text, int, text, text, boolean, int, int
) to purser_payouts, purser_jobs;
