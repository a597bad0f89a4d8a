-- Our books against Stripe's balance transactions, as of a time by which things had happened.
--
-- stripe:balance    one row for each Stripe account and currency: the ledger's balance beside the
--                   sum of the balance transactions that we read, and one for each that differs
-- stripe:clearing   one row for each object of which we know only one side yet, its amount, and
--                   what it probably waits for
--
-- What was posted to stripe:balance before migration 0030 counts as stripe:clearing, to which its
-- transfer `opening` moved it.
--
-- Parameters: p_as_of null = now
-- Returns: difference must be 0, and is null in rows of stripe:clearing; object_id null = all of
--   the Stripe account; since when it last moved
create or replace function admin.reconciliation(p_as_of timestamptz default now())
    returns table (tenant text, asset text, code text, stripe_account text, object_id text,
        ledger numeric, stripe numeric, difference numeric, since timestamptz, age interval,
        waits_for text)
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
    with entry as not materialized (
        select a.tenant_id, a.code, a.owner as stripe_account, a.asset, e.amount, t.kind, t.source,
            t.object_id, t.effective_at, coalesce(t.effective_at, t.posted_at) as at
        from ledger.account a
        join ledger.entry e on e.tenant_id = a.tenant_id and e.account_id = a.id
        join ledger.transfer t on t.tenant_id = e.tenant_id and t.id = e.transfer_id
        where a.code in ('stripe:balance', 'stripe:clearing') and t.kind <> 'opening'
            and coalesce(t.effective_at, t.posted_at) <= coalesce(p_as_of, now())
    ), movement as (
        select coalesce(e.tenant_id, b.tenant_id) as tenant_id,
            coalesce(e.stripe_account, b.stripe_account) as stripe_account,
            coalesce(e.asset, b.currency) as asset, coalesce(e.source, b.id) as object_id,
            coalesce(e.amount, 0) as ledger, coalesce(b.net, 0) as stripe,
            coalesce(e.at, b.created_at) as at
        from (
            select * from entry
            where entry.code = 'stripe:balance' and entry.effective_at is not null) as e
        full join (
            select * from reconciliation.balance_transaction r
            where r.created_at <= coalesce(p_as_of, now())) as b
            on b.tenant_id = e.tenant_id and b.stripe_account = e.stripe_account and b.id = e.source
                and b.currency = e.asset and e.kind = 'balance_transaction'
    ), clearing as (
        select e.tenant_id, e.stripe_account, e.asset, e.object_id, e.kind, e.amount, e.at
        from entry e
        where e.code = 'stripe:clearing' and e.effective_at is not null
        union all
        select e.tenant_id, e.stripe_account, e.asset,
            case e.kind when 'trader_payout_reversed' then split_part(e.source, ':', 1)
                else coalesce(p.stripe_payment_intent_id, o.stripe_transfer_id, e.source) end,
            e.kind, e.amount, e.at
        from entry e
        left join payments.payment p on p.tenant_id = e.tenant_id and p.id = e.source
        left join payouts.payout o on o.tenant_id = e.tenant_id and o.id = e.source
        where e.effective_at is null
    ), open as (
        select c.tenant_id, c.stripe_account, c.asset, c.object_id, sum(c.amount) as amount,
            max(c.at) as at, bool_or(c.kind like 'balance\_transaction%') as is_read,
            bool_and(c.kind like 'balance\_transaction%') as is_only_read
        from clearing c
        group by c.tenant_id, c.stripe_account, c.asset, c.object_id
        having sum(c.amount) <> 0
    ), said as (
        select m.tenant_id, m.asset, 'stripe:balance' as code, m.stripe_account, null as object_id,
            sum(m.ledger) as ledger, sum(m.stripe) as stripe,
            sum(m.ledger) - sum(m.stripe) as difference, max(m.at) as at, null as waits_for
        from movement m
        group by m.tenant_id, m.asset, m.stripe_account
        union all
        select m.tenant_id, m.asset, 'stripe:balance', m.stripe_account, m.object_id, m.ledger,
            m.stripe, m.ledger - m.stripe, m.at, null
        from movement m
        where m.ledger <> m.stripe
        union all
        select o.tenant_id, o.asset, 'stripe:clearing', o.stripe_account, o.object_id, o.amount,
            null, null, o.at,
            case
                when o.is_only_read then 'our row: the event of this object is not applied'
                when o.is_read then 'another movement of this object, or amounts that differ'
                when b.refused_at is not null
                    then 'Stripe''s balance transaction: our key may not read them'
                else 'Stripe''s balance transaction' end
        from open o
        left join stripe_events.bookmark b on b.stripe_account = o.stripe_account
            and b.list = 'balance_transactions'
    )
    select t.slug, s.asset, s.code, s.stripe_account, s.object_id, s.ledger, s.stripe, s.difference,
        s.at, coalesce(p_as_of, now()) - s.at, s.waits_for
    from said s
    join core.tenant t on t.id = s.tenant_id
    order by 1, 2, 3, 4, 5 nulls first
$$;
comment on function admin.reconciliation is
    'books against Stripe''s balance transactions as of a time (difference must be 0), and what '
    'stripe:clearing waits for';
