-- Takes the principal's pending payout back; what it took is owed again.  A
-- canceled one is shown.
--
-- Returns: the payout as payouts.payout_v shows it
-- Raises: PU404; PU434 its transfer is under way; PU435 paid, reversed or failed
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.estimate, ledger.*
create or replace function payouts.payout_cancel(p_id text) returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_lock(p_id, true);
    v_answer payouts.payout_v;
begin
    if v_payout.status = 'processing' then
        raise exception using errcode = 'PU434', message = 'the transfer is under way';
    elsif v_payout.status in ('paid', 'failed', 'reversed') then
        raise exception using errcode = 'PU435', message = 'the payout is ' || v_payout.status;
    elsif v_payout.status = 'pending' then
        update payouts.payout p
        set status = 'canceled', submit_requested_at = null, hold_code = null, last_error = null,
            updated_at = now()
        where p.id = p_id;
        perform payouts.post_owed(p_id, v_payout.owed_count, v_payout.amount_cents, false);
    end if;
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_cancel(text) to purser_background, purser_payouts;
