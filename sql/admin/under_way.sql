-- The calls of Stripe that are under way for tenants: rows whose outcome may still be looked up at
-- the Stripe account where they were asked for.
--
-- Returns: ids, at most 20; null = none
create or replace function admin.under_way(p_tenants text[]) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select string_agg(u.id, ', ')
    from (
        select p.id from payments.payment p
        where p.tenant_id = any (p_tenants) and p.status = 'creating'
        union all
        select i.id from payments.refund_intent i
        where i.tenant_id = any (p_tenants) and i.status = 'open'
        union all
        select a.id from connect.account a
        where a.tenant_id = any (p_tenants) and a.status = 'creating'
        union all
        select p.id from payouts.payout p
        where p.tenant_id = any (p_tenants) and p.status = 'processing'
        limit 20) as u
$$;
