-- Commits the intent to transfer the principal's payout, leased to the caller.
-- One that is processing already is leased again: the provider key is the same,
-- so a second call of Stripe in parallel is the same call.  A paid one is shown.
--
-- Parameters: p_holder with p_lease_ms
-- Returns: payouts.transfer_v: what the call of Stripe needs, and the payout
-- Raises: PU404; PU432 no Connect account that can be paid; PU437 on hold; PU435 failed or canceled
-- Locks: estimate, payout
-- Tables written: payouts.payout
create or replace function payouts.payout_submit(p_id text, p_holder text, p_lease_ms int)
    returns setof payouts.transfer_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz := clock_timestamp() + p_lease_ms * interval '1 ms';
    v_payout payouts.payout := payouts.payout_lock(p_id, true);
    v_why text;
begin
    if v_payout.status in ('failed', 'canceled') then
        raise exception using errcode = 'PU435', message = case v_payout.status
            when 'failed' then 'the payout failed: retry it first'
            else 'the payout was canceled' end;
    elsif v_payout.status = 'pending' then
        v_why := payouts.payout_send(v_payout, p_holder, v_until);
        if v_why is not null then
            raise exception using message = v_why,
                errcode = case when (payouts.payee()).id is null then 'PU432' else 'PU437' end;
        end if;
    elsif v_payout.status = 'processing' then
        update payouts.payout p
        set lease_holder = p_holder, lease_until = v_until, next_run_at = v_until,
            updated_at = now()
        where p.id = p_id;
    end if;
    return query select * from payouts.transfer_v v where v.id = p_id;
end
$$;
grant execute on function payouts.payout_submit(text, text, int) to purser_payouts;
