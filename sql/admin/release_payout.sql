-- Makes a pending payout due for purser-jobs, which makes its transfer as the user's submit would.
-- This function does not call Stripe.
--
-- Returns: the payout's id; null after a dry run
-- Raises: PU404 no such payout, or none that is pending
-- Locks: the payout
-- Tables written: payouts.payout, admin.audit
create or replace function admin.release_payout(
    p_payout text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform from payouts.payout p where p.id = p_payout and p.status = 'pending' for update;
    if not found then
        raise exception using errcode = 'PU404', message = format('no pending payout %L', p_payout);
    elsif not admin.record('release_payout', p_payout, '{}', p_reason, p_dry_run) then
        return null;
    end if;
    update payouts.payout p
    set submit_requested_at = coalesce(p.submit_requested_at, now()), next_run_at = now(),
        updated_at = now()
    where p.id = p_payout;
    return p_payout;
end
$$;
comment on function admin.release_payout is 'lets purser-jobs transfer a pending payout';
