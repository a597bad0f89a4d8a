-- Decides whether money leaves for an open payout now (payouts.may_send), and notes it.  A pending
-- one that may be sent moves to 'processing': from this commit on its transfer may have been asked
-- for.  A pending one that is held is due again in 5 min.  So is each one, in 2 s, while Stripe's
-- lists are unread: in a restored backup a processing one may have gone on to another attempt,
-- whose transfer Stripe would not take for this one's.  An attempt that was not sent yet, since
-- Stripe refused the one before for now, is decided on as a pending payout.
--
-- Parameters: p_payout locked by the caller; p_holder with p_until, the lease for what is next
-- Locks: tenant
-- Tables written: payouts.payout
create or replace function payouts.payout_send(
    p_payout payouts.payout, p_holder text, p_until timestamptz
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_hold record;
    v_unsent boolean := payouts.attempt_is_unsent(p_payout);
    v_gone boolean := v_unsent and p_payout.status = 'processing' and exists (
        select from connect.account a
        where a.tenant_id = p_payout.tenant_id and a.id = p_payout.connect_account_id
            and a.gone_at is not null);
    v_sends boolean;
    v_waits boolean;
    v_payee connect.account;
begin
    perform payouts.day_lock(p_payout.tenant_id);
    select * into v_hold from payouts.may_send(p_payout, true);
    v_sends := v_unsent and v_hold.code is null;
    v_waits := not v_gone and coalesce(v_hold.code = 'unread'
        or v_unsent and v_hold.code <> 'reading', false);
    select * into v_payee
    from connect.account a
    where a.tenant_id = p_payout.tenant_id and a.id = p_payout.connect_account_id;
    update payouts.payout p
    set status = case when v_sends then 'processing' else p.status end,
        sent_at = case when v_sends then clock_timestamp() else p.sent_at end,
        submit_requested_at = case when not v_sends then p.submit_requested_at end,
        attempts = case when v_sends and p.status = 'pending' then 1 else p.attempts end,
        sends = case when v_sends then 1
            when v_unsent or v_waits or v_hold.code = 'reading' then p.sends
            else p.sends + 1 end,
        bank_name = case when v_sends then v_payee.bank_name else p.bank_name end,
        last4 = case when v_sends then v_payee.last4 else p.last4 end,
        hold_code = v_hold.code,
        last_error = coalesce(v_hold.reason, case when not v_sends then p.last_error end),
        lease_holder = case when not v_waits then p_holder end,
        lease_until = case when not v_waits then p_until end,
        next_run_at = case when not v_waits then p_until
            when v_hold.code = 'unread' then now() + interval '2 s'
            else now() + interval '5 min' end,
        updated_at = now()
    where p.tenant_id = p_payout.tenant_id and p.id = p_payout.id;
end
$$;
grant execute on function payouts.payout_send(
    payouts.payout, text, timestamptz
) to purser_background;
