-- Moves a pending payout to 'processing': from this commit on its transfer may
-- have been asked for.  The payee of this attempt is fixed here: Stripe refuses a second
-- call with the same idempotency key and other parameters.
--
-- Parameters: p_payout locked by the caller and pending; p_holder with p_until, the lease
-- Returns: null, or why it cannot be sent now
-- Tables written: payouts.payout
create or replace function payouts.payout_send(
    p_payout payouts.payout, p_holder text, p_until timestamptz
) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payee connect.account := payouts.payee();
    v_hold text := payouts.hold_reason(p_payout);
    v_unread text := stripe_events.unread_reason(p_payout.id);
begin
    if v_payee.id is null then
        return 'finish onboarding first: no Connect account can receive payouts yet';
    elsif v_hold is not null then
        return v_hold;
    elsif v_unread is not null then
        return v_unread;
    end if;
    update payouts.payout p
    set status = 'processing', connect_account_id = v_payee.id,
        destination = v_payee.stripe_account_id, sent_at = clock_timestamp(),
        submit_requested_at = null, attempts = 0, lease_holder = p_holder, lease_until = p_until,
        next_run_at = p_until, last_error = null, updated_at = now()
    where p.id = p_payout.id;
    return null;
end
$$;
grant execute on function payouts.payout_send(
    payouts.payout, text, timestamptz
) to purser_background;
