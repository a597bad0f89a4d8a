-- The rows of ours that have this e-mail or id: the part of admin.trace_find that needs no other
-- row to know what they belong to.
--
-- Parameters, returns: as admin.trace_find
create or replace function admin.trace_direct(p_text text)
    returns table (tenant_id text, kind text, id text, user_id text, payment_id text,
        account_id text, payout_id text, connect_id text)
    language sql stable security definer rows 2
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    select u.tenant_id, 'user', u.id, u.id, null, null, null, null
    from core.tenant t
    join auth."user" u on u.tenant_id = t.id and lower(u.email) = lower(p_text)
    union all
    select u.tenant_id, 'user', u.id, u.id, null, null, null, null
    from auth."user" u
    where u.id = p_text
    union all
    select p.tenant_id, 'payment', p.id, null, p.id, null, null, null
    from payments.payment p
    where p.id = p_text
    union all
    select p.tenant_id, 'payment', p.id, null, p.id, null, null, null
    from payments.payment p
    where p.stripe_payment_intent_id = p_text
    union all
    select a.tenant_id, 'account', a.id, null, a.payment_id, a.id, null, null
    from payments.prop_account a
    where a.id = p_text
    union all
    select a.tenant_id, 'account', a.id, null, a.payment_id, a.id, null, null
    from payments.prop_account a
    where a.subaccount_uuid = p_text
    union all
    select i.tenant_id, 'refund', i.id, null, i.payment_id, null, null, null
    from payments.refund_intent i
    where i.id = p_text
    union all
    select r.tenant_id, 'refund at Stripe', r.id, null, r.payment_id, null, null, null
    from core.tenant t
    join payments.refund r on r.tenant_id = t.id and r.id = p_text
    union all
    select d.tenant_id, 'dispute', d.id, null, d.payment_id, null, null, null
    from core.tenant t
    join payments.dispute d on d.tenant_id = t.id and d.id = p_text
    union all
    select c.tenant_id, 'payee', c.id, null, null, null, null, c.id
    from connect.account c
    where c.id = p_text
    union all
    select c.tenant_id, 'payee', c.id, null, null, null, null, c.id
    from connect.account c
    where c.stripe_account_id = p_text
    union all
    select p.tenant_id, 'payout', p.id, null, null, p.account_id, p.id, null
    from payouts.payout p
    where p.id = p_text
    union all
    select p.tenant_id, 'payout', p.id, null, null, p.account_id, p.id, null
    from payouts.payout p
    where p.stripe_transfer_id = p_text
    union all
    select r.tenant_id, 'reversal', r.id, null, null, null, r.payout_id, null
    from core.tenant t
    join payouts.reversal r on r.tenant_id = t.id and r.id = p_text
    union all
    select v.tenant_id, 'reading', v.id, null, null, v.account_id, null, null
    from core.tenant t
    join payouts.valuation v on v.tenant_id = t.id and v.id = p_text
    union all
    select a.tenant_id, 'app', a.id, null, null, null, null, null
    from core.tenant t
    join auth.app a on a.tenant_id = t.id and a.id = p_text
    union all
    select t.id, 'tenant', t.id, null, null, null, null, null
    from core.tenant t
    where t.id = p_text or t.slug = p_text
$$;
