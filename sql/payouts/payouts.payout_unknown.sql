-- Stripe did not answer the caller: the payout stays 'processing', its lease ends and
-- purser-jobs calls Stripe again after p_delay_ms.
--
-- Parameters: p_attempt, p_lease_no as in payouts.payout_refuse
-- Returns: the payout as payouts.payout_v shows it to its user
-- Raises: PU404
-- Locks: estimate, payout
-- Tables written: payouts.payout
create or replace function payouts.payout_unknown(
    p_id text, p_attempt int, p_error text, p_delay_ms int, p_lease_no int default null
) returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_lock(p_id, false);
    v_answer payouts.payout_v;
begin
    update payouts.payout p
    set lease_holder = null, lease_until = null, failure_code = null, last_error = p_error,
        next_run_at = now() + p_delay_ms * interval '1 ms', updated_at = now()
    where p.id = p_id and v_payout.status = 'processing' and v_payout.attempt = p_attempt
        and v_payout.lease_no = coalesce(p_lease_no, v_payout.lease_no);
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_unknown(text, int, text, int, int)
    to purser_payouts, purser_jobs;
