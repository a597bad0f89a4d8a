-- What holds an open payout of any tenant, for admin.payouts; null = nothing.
create or replace function admin.hold_reason(p_payout payouts.payout) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select h.reason
    from payouts.may_send(p_payout, false) as h
    where p_payout.status in ('pending', 'processing')
$$;
