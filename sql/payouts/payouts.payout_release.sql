-- Stores that an operator released a pending payout, and makes it due for purser-jobs once it has
-- the releases that it needs.
--
-- Parameters: p_payout locked by the caller; p_by the operator's login; p_two it needs another
--   one's, too
-- Raises: PU404 it is not pending; PU422 the same login released it before
-- Tables written: payouts.release, payouts.payout
create or replace function payouts.payout_release(
    p_payout payouts.payout, p_by text, p_two boolean
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_payout.status <> 'pending' then
        raise exception using errcode = 'PU404',
            message = format('no pending payout %L', p_payout.id);
    end if;
    insert into payouts.release (tenant_id, payout_id, attempt, released_by, destination)
    values (p_payout.tenant_id, p_payout.id, p_payout.attempt, p_by, p_payout.destination)
    on conflict do nothing;
    if not found and p_two then
        raise exception using errcode = 'PU422', column = 'p_payout',
            message = 'p_payout: you released it before: another operator must do so, too';
    end if;
    update payouts.payout p
    set submit_requested_at = coalesce(p.submit_requested_at, now()), next_run_at = now(),
        updated_at = now()
    where p.tenant_id = p_payout.tenant_id and p.id = p_payout.id
        and (payouts.may_send(p_payout, false)).code is null;
end
$$;
grant execute on function payouts.payout_release(payouts.payout, text, boolean)
    to purser_background;
