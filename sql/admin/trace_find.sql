-- What an e-mail or an id of ours, of Stripe's or of the provider's names, in all tenants; by
-- indexes only.
--
-- Parameters: p_text
-- Returns: each row of ours, with the rows that it belongs to
create or replace function admin.trace_find(p_text text)
    returns table (tenant_id text, kind text, id text, user_id text, payment_id text,
        account_id text, payout_id text, connect_id text)
    language sql stable security definer rows 2
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    with direct (tenant_id, kind, id, user_id, payment_id, account_id, payout_id, connect_id)
        as materialized (
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
    ), about (tenant_id, kind, id, object_id) as materialized (
        select e.tenant_id, 'exception', e.id, e.object_id
        from core.tenant t
        join core.exception e on e.tenant_id = t.id and e.id = p_text
        union all
        select t.tenant_id, 'event', e.id, e.object_id
        from core.stripe_account t
        join stripe_events.event e on e.stripe_account = t.name and e.id = p_text
        union all
        select b.tenant_id, 'balance transaction', b.id, b.object_id
        from core.stripe_account t
        join reconciliation.balance_transaction b on b.stripe_account = t.name and b.id = p_text
        union all
        select r.tenant_id, 'transfer of the ledger', r.id, coalesce(r.object_id,
            split_part(r.source, ':', 1))
        from core.tenant t
        join ledger.transfer r on r.tenant_id = t.id and r.id = p_text
        union all
        select o.tenant_id, 'message to clients', o.id, o.object_id
        from core.tenant t
        join webhooks.outbox o on o.tenant_id = t.id and o.id = p_text
    ), named (tenant_id, kind, id, object_id) as (
        select a.* from about a
        union all
        -- an id of Stripe's that no row of ours has: what names it is known
        select n.tenant_id, 'object at Stripe', p_text, max(n.object_id)
        from (
            select s.tenant_id, e.object_id
            from core.stripe_account s
            join stripe_events.event e on e.stripe_account = s.name and e.object_id = p_text
            union all
            select b.tenant_id, b.object_id
            from core.tenant t
            join reconciliation.balance_transaction b on b.tenant_id = t.id
                and b.source_id = p_text
            union all
            select e.tenant_id, e.object_id
            from core.tenant t
            join core.exception e on e.tenant_id = t.id and e.object_id = p_text
            union all
            select r.tenant_id, r.object_id
            from core.tenant t
            join ledger.transfer r on r.tenant_id = t.id and r.object_id = p_text) as n
        where not exists (select from direct) and not exists (select from about)
        group by n.tenant_id
    )
    select d.* from direct d
    union all
    select n.tenant_id, n.kind, n.id, null, coalesce(i.id, p.id, a.payment_id), a.id,
        coalesce(r.id, o.id), coalesce(s.id, c.id)
    from named n
    left join payments.payment i on i.stripe_payment_intent_id = n.object_id
        and i.tenant_id = n.tenant_id
    left join payments.payment p on p.tenant_id = n.tenant_id and p.id = n.object_id
    left join payments.prop_account a on a.tenant_id = n.tenant_id and a.id = n.object_id
    left join payouts.payout r on r.stripe_transfer_id = n.object_id and r.tenant_id = n.tenant_id
    left join payouts.payout o on o.tenant_id = n.tenant_id and o.id = n.object_id
    left join connect.account s on s.stripe_account_id = n.object_id and s.tenant_id = n.tenant_id
    left join connect.account c on c.tenant_id = n.tenant_id and c.id = n.object_id
$$;
