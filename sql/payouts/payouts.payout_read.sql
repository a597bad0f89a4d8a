-- Stores what the validator answered about the account of the principal's payout, and Stripe about
-- its payee, for which payouts.payout_submit or payouts.payout_claim said that they must be asked,
-- and decides again whether money leaves.  Without answers that are believed it does not.
--
-- Parameters: as payouts.estimate_get; p_holder with p_lease_ms; p_payees as in
--   connect.account_read, null = Stripe was not asked
-- Returns: payouts.transfer_v; next_step is never 'read'
-- Raises: PU404; PU450 not proved
-- Locks: prop account, estimate, payout, tenant, Connect account
-- Tables written: payments.prop_account, payouts.estimate, payouts.valuation, payouts.payout,
--   connect.account, webhooks.outbox, core.exception
create or replace function payouts.payout_read(
    p_id text, p_bucket text, p_total text, p_weeks text, p_problem text, p_asked_ms bigint,
    p_holder text, p_lease_ms int, p_payees jsonb default null
) returns setof payouts.transfer_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz := clock_timestamp() + p_lease_ms * interval '1 ms';
    v_account text := (
        select p.account_id
        from payouts.payout p
        where p.id = p_id and p.tenant_id = current_setting('purser.tenant', true));
    v_payout payouts.payout;
begin
    perform core.outcome_check('payouts.payout_read');
    perform payments.lifecycle_sync(v_account, p_bucket);
    perform payouts.valuation_store(v_account, p_bucket, p_total, p_weeks, p_problem,
        to_timestamp(p_asked_ms / 1000.0));
    v_payout := payouts.payout_lock(p_id, true);
    perform payouts.day_lock(v_payout.tenant_id);
    perform connect.account_read(p_payees, p_asked_ms);
    if v_payout.status in ('pending', 'processing') then
        perform payouts.payout_send(v_payout, p_holder, v_until);
        update payouts.payout p
        set hold_code = 'unconfirmed',
            lease_holder = case when p.sends > 0 then p.lease_holder end,
            lease_until = case when p.sends > 0 then p.lease_until end,
            next_run_at = case when p.sends > 0 then p.next_run_at
                else now() + interval '5 min' end
        where p.id = p_id and p.tenant_id = v_payout.tenant_id and p.hold_code = 'reading';
    end if;
    return query select * from payouts.transfer_v v where v.id = p_id;
end
$$;
grant execute on function payouts.payout_read(
    text, text, text, text, text, bigint, text, int, jsonb
) to purser_payouts, purser_jobs;
