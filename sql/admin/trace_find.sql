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
    with direct as materialized (
        select d.* from admin.trace_direct(p_text) as d
    ), about as materialized (
        select a.* from admin.trace_about(p_text) as a
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
