-- Locks a tenant that has a maximum per day, until the end of the transaction: what is sent at the
-- same time is sent one after the other, and each counts what was sent before.
--
-- Locks: the tenant
create or replace function payouts.day_lock(p_tenant text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select from core.tenant t
    where t.id = p_tenant and t.payout_day_maximum_cents is not null
    for no key update
$$;
grant execute on function payouts.day_lock(text) to purser_background;
