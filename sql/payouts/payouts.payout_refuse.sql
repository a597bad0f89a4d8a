-- Stripe refused this attempt's transfer for good (or, with code 'abandoned', the call
-- never reached Stripe): processing -> failed.  The amount is no longer committed, so it
-- is owed again.  The refusal of an earlier attempt changes nothing, nor does one that was got
-- under an earlier lease: Stripe may have been asked again since, and have made the transfer.
--
-- Parameters: p_attempt that was asked for; p_message Stripe's, for operators; p_gone the payee's
--   account is gone, and nothing is paid to it any more; p_lease_no of the lease under which Stripe
--   was asked, null = the present one
-- Returns: the payout as payouts.payout_v shows it to its user
-- Raises: PU404; PU450 not proved
-- Locks: estimate, payout, Connect account
-- Tables written: payouts.payout, payouts.estimate, connect.account, ledger.*, webhooks.outbox
create or replace function payouts.payout_refuse(
    p_id text, p_attempt int, p_code text, p_message text, p_gone boolean default false,
    p_lease_no int default null
) returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_lock(p_id, false);
    v_source text := format('%s:%s', p_id, p_attempt);
    v_answer payouts.payout_v;
begin
    perform core.outcome_check('payouts.payout_refuse');
    if v_payout.status = 'processing' and v_payout.attempt = p_attempt
        and v_payout.lease_no = coalesce(p_lease_no, v_payout.lease_no)
    then
        update payouts.payout p
        set status = 'failed', failure_code = p_code,
            failure_reason = payouts.failure_reason(p_code), lease_holder = null,
            lease_until = null, last_error = p_message, updated_at = now()
        where p.id = p_id;
        if p_gone then
            perform connect.account_gone(v_payout.connect_account_id, p_code, clock_timestamp());
        end if;
        perform payouts.post_owed(p_id, v_payout.owed_count, v_payout.amount_cents, false);
        perform webhooks.outbox_add('prop', 'payout.failed', p_id, v_source,
            payouts.payout_data(p_id));
    end if;
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_refuse(text, int, text, text, boolean, int)
    to purser_payouts, purser_jobs;
