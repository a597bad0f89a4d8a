-- The principal's Connect account that can be paid: the newest one, null = none.
create or replace function payouts.payee() returns connect.account
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select a
    from connect.account a
    where a.tenant_id = current_setting('purser.tenant', true)
        and a.user_id = current_setting('purser.principal', true)
        and a.status = 'active' and a.payouts_enabled and a.transfers_enabled
    order by a.id desc
    limit 1
$$;
grant execute on function payouts.payee() to purser_background;
