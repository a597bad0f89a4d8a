-- What operators alone can end of what holds a pending payout of any tenant, for
-- admin.stuck_payouts: it is above the tenant's maximum, or two of them must release it.
--
-- Returns: null = nothing, or something else holds it first (payouts.may_send)
create or replace function admin.limit_reason(p_payout payouts.payout) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select h.reason
    from payouts.may_send(p_payout, false) as h
    where p_payout.status = 'pending' and h.code in ('maximum', 'second_person')
$$;
-- For admin.stuck_payouts.
grant execute on function admin.limit_reason(payouts.payout) to purser_admin;
