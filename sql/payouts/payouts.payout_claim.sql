-- Leases the oldest due payout whose transfer purser-jobs has to make or to look up: processing
-- ones, and pending ones that are to be submitted.  A pending one moves to processing here; when it
-- cannot be paid now it is due again in 5 min.  Each of them waits, 2 s at a time, until Stripe's
-- lists are read: in a restored backup a processing one may have gone on to another attempt, whose
-- transfer Stripe would not take for this one's.
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
    v_ids text[];
    v_payout payouts.payout;
    v_unread text;
    v_why text;
begin
    loop
        v_ids := core.job_claim('payouts.payout', p_holder, p_lease_ms);
        select * into v_payout from payouts.payout p where p.id = any(v_ids);
        if not found then
            return;
        end if;
        perform auth.assume(v_payout.tenant_id, v_payout.user_id);
        v_unread := stripe_events.unread_reason(v_payout.id);
        exit when v_payout.status = 'processing' and v_unread is null;
        v_why := case v_payout.status when 'processing' then v_unread
            else payouts.payout_send(v_payout, p_holder, v_payout.lease_until) end;
        if v_why is null then
            update payouts.payout p set attempts = 1 where p.id = v_payout.id;
            exit;
        end if;
        update payouts.payout p
        set lease_holder = null, lease_until = null, last_error = v_why,
            next_run_at = now()
                + case when v_unread is null then interval '5 min' else interval '2 s' end
        where p.id = v_payout.id;
    end loop;
    return query select * from payouts.transfer_v v where v.id = v_payout.id;
end
$$;
grant execute on function payouts.payout_claim(text, int) to purser_jobs;
