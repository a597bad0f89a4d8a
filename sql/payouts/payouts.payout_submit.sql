-- Commits the intent to transfer the principal's payout, leased to the caller, or why nothing may
-- be done now.  One that is processing already is leased again: the provider key is the same,
-- so a second call of Stripe in parallel is the same call.  One that waits since Stripe refused it
-- for now is shown, and so is a paid one.
--
-- Parameters: p_holder with p_lease_ms; p_keys as in core.stripe_account_need
-- Returns: payouts.transfer_v: what is next, what that needs, and the payout
-- Raises: PU404; PU435 failed or canceled; PU438 there is no key for the tenant's Stripe account
-- Locks: estimate, payout, tenant
-- Tables written: payouts.payout
create or replace function payouts.payout_submit(
    p_id text, p_holder text, p_lease_ms int, p_keys text[] default null
)
    returns setof payouts.transfer_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz := clock_timestamp() + p_lease_ms * interval '1 ms';
    v_payout payouts.payout := payouts.payout_lock(p_id, true);
begin
    perform core.stripe_account_need(p_keys);
    if v_payout.status in ('failed', 'canceled') then
        raise exception using errcode = 'PU435', message = case v_payout.status
            when 'failed' then 'the payout failed: retry it first'
            else 'the payout was canceled' end;
    elsif v_payout.status = 'pending' or v_payout.status = 'processing' and v_payout.sends > 0 then
        perform payouts.payout_send(v_payout, p_holder, v_until);
    end if;
    return query select * from payouts.transfer_v v where v.id = p_id;
end
$$;
grant execute on function payouts.payout_submit(text, text, int, text[]) to purser_payouts;
