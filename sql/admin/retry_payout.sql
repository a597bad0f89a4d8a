-- Makes a payout due for purser-jobs: it tries a failed one, if it is still owed, again with a new
-- transfer, and looks at a processing one now.  This function does not call Stripe.
--
-- Returns: the payout's id; null after a dry run
-- Raises: PU404 no such payout, or none that is failed or processing; PU433 no longer
--   owed; PU434 another one is open; PU437 on hold
-- Locks: estimate, payout, ledger accounts
-- Tables written: payouts.payout, payouts.estimate, ledger.*, admin.audit
create or replace function admin.retry_payout(
    p_payout text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout;
begin
    select * into v_payout
    from payouts.payout p
    where p.id = p_payout and p.status in ('failed', 'processing');
    if not found then
        raise exception using errcode = 'PU404',
            message = format('no failed or processing payout %L', p_payout);
    end if;
    perform admin.record('retry_payout', p_payout, jsonb_build_object('status', v_payout.status),
        p_reason, false);
    perform auth.assume(v_payout.tenant_id, v_payout.user_id);
    v_payout := payouts.payout_lock(p_payout, true);
    if v_payout.status = 'failed' then
        perform payouts.payout_reopen(v_payout);
    end if;
    update payouts.payout p
    set submit_requested_at = case p.status when 'pending' then now() end, next_run_at = now(),
        attempts = 0, lease_holder = null, lease_until = null
    where p.id = p_payout and p.status in ('pending', 'processing');
    perform admin.finish('retry_payout ' || p_payout, p_dry_run);
    return p_payout;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.retry_payout is
    'tries a failed payout again, or looks at one that is processing';
