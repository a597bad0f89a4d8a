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
-- Raises: PU404
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
    if v_payout.status in ('paid', 'reversed') and v_payout.stripe_transfer_id = v_transfer then
        null;
    elsif v_conflict is not null then
        perform payouts.transfer_unexpected(v_payout, p_transfer, v_conflict);
        update payouts.payout p
        set last_error = v_conflict, lease_holder = null, lease_until = null,
            next_run_at = now() + interval '1 h', updated_at = now()
        where p.id = p_id and v_payout.status = 'processing';
    else
        if v_payout.status = 'pending' then
            update payouts.payout p
            set status = 'processing', destination = p_transfer ->> 'destination', sent_at = now()
            where p.id = p_id;
        elsif v_payout.status = 'failed' then
            perform payouts.post_owed(p_id, v_payout.attempt + 1, v_payout.amount_cents);
        end if;
        update payouts.payout p
        set status = 'paid', stripe_transfer_id = v_transfer, completed_at = now(),
            attempt = case v_payout.status when 'failed' then p.attempt + 1 else p.attempt end,
            failure_code = null, failure_reason = null, submit_requested_at = null,
            lease_holder = null, lease_until = null, last_error = null, updated_at = now()
        where p.id = p_id;
        perform ledger.post('trader_payout_paid', p_id,
            array[ledger.leg('payables:traders', 'usd', v_payout.amount_cents),
                case when payouts.transfer_in_suspense(v_transfer)
                    then ledger.leg('suspense:payouts', 'usd', -v_payout.amount_cents)
                    else ledger.stripe_leg('stripe:clearing', 'usd', -v_payout.amount_cents) end],
            to_timestamp((p_transfer ->> 'created')::bigint), v_transfer);
        perform core.exception_resolve(k.kind, v_transfer, 'it made the payout paid')
        from (values ('transfer_conflict'), ('transfer_without_row')) as k (kind);
        perform webhooks.outbox_add('prop', 'payout.completed', p_id, p_id,
            payouts.payout_data(p_id));
    end if;
    select * into v_answer from payouts.payout_v v where v.id = p_id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_settle(text, jsonb) to purser_background, purser_worker;
