-- Leases the oldest due payout whose transfer purser-jobs has to make or to look up:
-- processing ones, and pending ones that are to be submitted.  A pending one moves to
-- processing here; when it cannot be paid now it is due again in 5 min.
--
-- Returns: 0-1 rows of payouts.transfer_v
-- Locks: the payout, skipping locked ones
-- Tables written: payouts.payout
create or replace function payouts.payout_claim(p_holder text, p_lease_ms int)
    returns setof payouts.transfer_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz := now() + p_lease_ms * interval '1 ms';
    v_payout payouts.payout;
    v_why text;
begin
    loop
        select * into v_payout
        from payouts.payout d
        where (d.status = 'processing'
            or (d.status = 'pending' and d.submit_requested_at is not null))
            and d.next_run_at <= now() and (d.lease_until is null or d.lease_until <= now())
        order by d.next_run_at
        limit 1
        for update skip locked;
        if not found then
            return;
        end if;
        perform auth.assume(v_payout.tenant_id, v_payout.user_id);
        v_why := null;
        if v_payout.status = 'pending' then
            v_why := payouts.payout_send(v_payout, p_holder, v_until);
        end if;
        update payouts.payout p
        set lease_holder = case when v_why is null then p_holder end,
            lease_until = case when v_why is null then v_until end,
            next_run_at = case when v_why is null then v_until else now() + interval '5 min' end,
            attempts = p.attempts + 1, last_error = coalesce(v_why, p.last_error)
        where p.id = v_payout.id;
        exit when v_why is null;
    end loop;
    return query select * from payouts.transfer_v v where v.id = v_payout.id;
end
$$;
grant execute on function payouts.payout_claim(text, int) to purser_jobs;
