-- Lets the principal try a failed payout again: failed -> pending, with a new
-- attempt, since Stripe answers the old key with the old refusal.  Only what is
-- still owed.
--
-- Returns: the payout as payouts.payout_v shows it
-- Raises: PU404; PU434 it or another one is under way; PU435 paid, reversed or canceled; PU432 its
--   payee cannot be paid; PU433 no longer owed; PU437 on hold
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.estimate, ledger.*
create or replace function payouts.payout_retry(p_id text) returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_lock(p_id, true);
    v_answer payouts.payout_v;
begin
    perform payouts.payout_reopen(v_payout);
    update payouts.payout p
    set submit_requested_at = now()
    from core.tenant t
    where p.id = p_id and t.id = p.tenant_id and t.payout_auto_submit;
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_retry(text) to purser_payouts;
