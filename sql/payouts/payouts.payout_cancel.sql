-- Takes the principal's pending payout back; what it took is owed again.  A canceled one is shown.
--
-- Parameters: p_deferred for operators: also one that Stripe refused for now and of whose next
--   attempt nothing was sent
-- Returns: the payout as payouts.payout_v shows it
-- Raises: PU404; PU434 its transfer is under way; PU435 paid, reversed or failed; PU437 Stripe
--   refused it for now, and what Stripe did since may be unknown here
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.estimate, ledger.*
create or replace function payouts.payout_cancel(p_id text, p_deferred boolean default false)
    returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_lock(p_id, true);
    v_unread text := case v_payout.status
        when 'processing' then stripe_events.unread_reason(p_id) end;
    v_answer payouts.payout_v;
begin
    if v_payout.status = 'processing' and (p_deferred and payouts.is_unsent(v_payout)) is not true
    then
        raise exception using errcode = 'PU434', message = 'the transfer is under way';
    elsif v_payout.status in ('paid', 'failed', 'reversed') then
        raise exception using errcode = 'PU435', message = 'the payout is ' || v_payout.status;
    elsif v_unread is not null then
        raise exception using errcode = 'PU437', message = v_unread;
    elsif payouts.is_unsent(v_payout) then
        update payouts.payout p
        set status = 'canceled', submit_requested_at = null, hold_code = null, last_error = null,
            failure_code = null, updated_at = now()
        where p.id = p_id;
        perform payouts.post_owed(p_id, v_payout.owed_count, v_payout.amount_cents, false);
    end if;
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_cancel(text, boolean)
    to purser_background, purser_payouts;
