-- The principal's Connect account that a payout which is requested now goes to: the newest one that
-- can be paid, null = none.
create or replace function payouts.payee() returns connect.account
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select a
    from connect.account a
    where a.tenant_id = current_setting('purser.tenant', true)
        and a.user_id = current_setting('purser.principal', true)
        and connect.account_is_payable(a)
    order by a.id desc
    limit 1
$$;
grant execute on function payouts.payee() to purser_background;
