-- What holds an open payout of any tenant, for admin.payouts; null = nothing.  What was tried in
-- vain is as of the last try (payouts.hold_reason).
create or replace function admin.hold_reason(p_payout payouts.payout) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(h.reason, case when payouts.read_in_vain(p_payout)
        then p_payout.last_error end)
    from payouts.may_send(p_payout, false) as h
    where p_payout.status in ('pending', 'processing')
$$;
-- For admin.payouts.
grant execute on function admin.hold_reason(payouts.payout) to purser_admin;
