-- Makes a pending payout due for purser-jobs, which makes its transfer as the user's submit would.
-- This function does not call Stripe.
--
-- Returns: the payout's id; null after a dry run
-- Raises: PU404 no such payout, or none that is pending; PU437 on hold
-- Locks: the payout
-- Tables written: payouts.payout, admin.audit
create or replace function admin.release_payout(
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
    where p.id = p_payout and p.status = 'pending';
    if not found then
        raise exception using errcode = 'PU404', message = format('no pending payout %L', p_payout);
    end if;
    perform auth.assume(v_payout.tenant_id, v_payout.user_id);
    perform payouts.hold_check(v_payout);
    if not admin.record('release_payout', p_payout, '{}', p_reason, p_dry_run) then
        return null;
    end if;
    update payouts.payout p
    set submit_requested_at = coalesce(p.submit_requested_at, now()), next_run_at = now(),
        updated_at = now()
    where p.id = p_payout and p.status = 'pending';
    if not found then
        raise exception using errcode = 'PU404', message = format('no pending payout %L', p_payout);
    end if;
    return p_payout;
end
$$;
comment on function admin.release_payout is 'lets purser-jobs transfer a pending payout';
