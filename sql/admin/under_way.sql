-- The calls of Stripe that are under way for tenants: rows whose outcome may still be looked up at
-- the Stripe account where they were asked for, and checkouts that a customer can still pay there.
-- A checkout that was given up a day ago does not count: its key may not work any more.
--
-- It waits for transactions that begin such a call, and lets none begin until the transaction ends.
--
-- Returns: ids, at most 20; null = none
-- Locks: the audit, what core.stripe_account_need locks (both advisory)
create or replace function admin.under_way(p_tenants text[]) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform admin.audit_lock();
    perform pg_advisory_xact_lock('core.stripe_account'::regclass::oid::bigint);
    return (
        select string_agg(u.id, ', ')
        from (
            select p.id from payments.payment p
            where p.tenant_id = any (p_tenants) and (p.status = 'creating'
                or p.status in ('requires_payment_method', 'requires_confirmation',
                    'requires_action', 'processing')
                and coalesce(p.abandoned_at > now() - interval '1 day', true))
            union all
            select i.id from payments.refund_intent i
            where i.tenant_id = any (p_tenants) and i.status = 'open'
            union all
            select a.id from connect.account a
            where a.tenant_id = any (p_tenants) and a.status = 'creating'
            union all
            select p.id from payouts.payout p
            where p.tenant_id = any (p_tenants) and p.status = 'processing'
            limit 20) as u);
end
$$;
