-- Leases the oldest due payout whose transfer purser-jobs has to make or to look up, or whose
-- account the validator has to confirm before: processing ones, and pending ones that are to be
-- submitted (payouts.payout_send).  One for which nothing may be done now waits: next_step says so,
-- and the caller claims the next one.  One payout a transaction, since each locks its tenant.
--
-- Returns: 0-1 rows of payouts.transfer_v
-- Locks: the payout, skipping locked ones; tenant
-- Tables written: payouts.payout
create or replace function payouts.payout_claim(
    p_holder text, p_lease_ms int, p_keys text[] default null
)
    returns setof payouts.transfer_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[];
    v_payout payouts.payout;
begin
    v_ids := core.job_claim('payouts.payout', p_holder, p_lease_ms, p_accounts => p_keys);
    select * into v_payout from payouts.payout p where p.id = any(v_ids);
    if not found then
        return;
    end if;
    perform auth.assume(v_payout.tenant_id, v_payout.user_id);
    perform payouts.payout_send(v_payout, p_holder, v_payout.lease_until);
    return query select * from payouts.transfer_v v where v.id = v_payout.id;
end
$$;
grant execute on function payouts.payout_claim(text, int, text[]) to purser_jobs;
