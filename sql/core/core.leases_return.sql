-- Ends every lease of a holder and of its threads ("holder/…"): those that an earlier
-- process of that name held when it died, or one that a claim gave to a thread which
-- never received the claim's answer.
--
-- A create call of that holder may still be under way, so its account stays
-- 'calling' and is claimed as unknown.
--
-- Returns: how many leases were ended
-- Locks: the leased rows
-- Tables written: core.idempotency, payments.payment, payments.prop_account,
--   connect.account, payouts.payout, stripe_events.event, stripe_events.backfill
create or replace function core.leases_return(p_holder text) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
    v_total int := 0;
begin
    update core.idempotency i
    set state = 'open', lease_holder = null, lease_until = null
    where i.state = 'running'
        and (i.lease_holder = p_holder or starts_with(i.lease_holder, p_holder || '/'));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    update payments.payment p
    set lease_holder = null, lease_until = null, next_run_at = now()
    where (p.lease_holder = p_holder or starts_with(p.lease_holder, p_holder || '/'));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    update payments.prop_account a
    set lease_holder = null, lease_until = null, next_run_at = now()
    where (a.lease_holder = p_holder or starts_with(a.lease_holder, p_holder || '/'));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    update connect.account a
    set lease_holder = null, lease_until = null, next_run_at = now()
    where (a.lease_holder = p_holder or starts_with(a.lease_holder, p_holder || '/'));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    update payouts.payout p
    set lease_holder = null, lease_until = null, next_run_at = now()
    where (p.lease_holder = p_holder or starts_with(p.lease_holder, p_holder || '/'));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    update stripe_events.event e
    set lease_holder = null, lease_until = null, next_run_at = now()
    where (e.lease_holder = p_holder or starts_with(e.lease_holder, p_holder || '/'));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    update stripe_events.backfill b
    set lease_holder = null, lease_until = null, due_at = now()
    where b.lease_holder = p_holder or starts_with(b.lease_holder, p_holder || '/');
    return v_total;
end
$$;
grant execute on function core.leases_return(text) to purser_jobs;
