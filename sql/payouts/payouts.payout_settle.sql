-- Stripe made the transfer.  Called by the request, by jobs and by events, in
-- any order, any number of times, with the same result.
--
-- A transfer that is not the one we asked for (payouts.transfer_conflict) is an exception,
-- and leaves the payout as it is.  A transfer of a payout that is 'failed' here makes it
-- paid, unless other payouts have taken its amount since; what was in suspense meanwhile
-- leaves it.
--
-- Parameters: p_transfer the Stripe transfer
-- Returns: the payout as payouts.payout_v shows it to its user
-- Raises: PU404; PU450 not proved
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.estimate, ledger.*, webhooks.outbox,
--   core.exception
create or replace function payouts.payout_settle(p_id text, p_transfer jsonb)
    returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_lock(p_id, false);
    v_transfer text := p_transfer ->> 'id';
    v_conflict text := payouts.transfer_conflict(v_payout, p_transfer);
    v_answer payouts.payout_v;
begin
    perform core.outcome_check('payouts.payout_settle');
    if v_payout.status in ('paid', 'reversed') and v_payout.stripe_transfer_id = v_transfer then
        null;
    elsif v_conflict is not null then
        perform payouts.transfer_unexpected(v_payout, p_transfer, v_conflict);
        update payouts.payout p
        set last_error = v_conflict, lease_holder = null, lease_until = null,
            next_run_at = now() + interval '1 h', updated_at = now()
        where p.id = p_id and v_payout.status = 'processing';
    else
        perform core.exception_resolve(k.kind, v_transfer, 'it made the payout paid')
        from (values ('transfer_conflict'), ('transfer_without_row')) as k (kind);
        perform payouts.payout_paid(v_payout, v_transfer, p_transfer ->> 'destination',
            to_timestamp((p_transfer ->> 'created')::bigint));
    end if;
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_settle(text, jsonb)
    to purser_background, purser_payouts, purser_jobs;
