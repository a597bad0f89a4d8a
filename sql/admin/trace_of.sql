-- What names an id of a tenant, for admin.trace: exceptions, Stripe's events and balance
-- transactions, messages to clients, operators, the ledger; by indexes only.
--
-- Parameters: p_kind as of admin.trace_related
create or replace function admin.trace_of(p_tenant text, p_kind text, p_id text)
    returns table (at timestamptz, what text, object text, detail text)
    language sql stable security definer rows 10
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    select s.at, s.what, e.object_id, s.detail
    from (
        select e.* from core.exception e
        where e.tenant_id = p_tenant and e.object_id = p_id
        union
        select e.* from core.exception e
        where p_kind = 'exception' and e.tenant_id = p_tenant and e.id = p_id) as e
    cross join lateral (values
        (e.opened_at, 'exception ' || e.kind, e.id || ' ' || e.detail),
        (e.resolved_at, 'exception resolved', format('%s by %s: %s', e.id, e.resolved_by,
            e.resolution))) as s (at, what, detail)
    where s.at is not null
    union all
    select e.received_at, 'event received', e.id, concat_ws(', ', e.type, e.object_id,
        'now ' || e.state, e.last_error)
    from core.stripe_account s
    cross join lateral (
        select e.id from stripe_events.event e
        where e.object_id = p_id and e.stripe_account = s.name
        union
        select p_id where p_kind = 'event') as n
    join stripe_events.event e on e.stripe_account = s.name and e.id = n.id
    where s.tenant_id = p_tenant
    union all
    select b.read_at, 'balance transaction', b.id, format(
        '%s of %s, fee %s, booked as %s, at Stripe %s', admin.money(b.amount, b.currency),
        concat_ws(' ', b.type, b.source_id), admin.money(b.fee, b.currency), b.booked_as,
        b.created_at)
    from (
        select b.* from reconciliation.balance_transaction b
        where b.tenant_id = p_tenant and b.object_id = p_id
        union
        select b.* from reconciliation.balance_transaction b
        where b.tenant_id = p_tenant and b.source_id = p_id
        union
        select b.* from core.stripe_account s
        join reconciliation.balance_transaction b on b.tenant_id = s.tenant_id
            and b.stripe_account = s.name and b.id = p_id
        where p_kind = 'balance transaction' and s.tenant_id = p_tenant) as b
    union all
    select o.created_at, 'message to clients', o.id, o.type || ' ' || o.object_id
    from (
        select o.* from webhooks.outbox o
        where o.tenant_id = p_tenant and o.object_id = p_id
        union
        select o.* from webhooks.outbox o
        where p_kind = 'message to clients' and o.tenant_id = p_tenant and o.id = p_id) as o
    union all
    select a.at, 'operator ' || a.actor, a.object_id, format('%s %s: %s', a.action, a.arguments,
        a.reason)
    from admin.audit a
    where a.object_id = p_id
    union all
    select r.posted_at, 'posted ' || r.kind, r.id, string_agg(a.code || ' '
        || admin.money(e.amount, a.asset), ', ' order by e.amount desc, a.code)
    from (
        select r.* from ledger.transfer r
        where r.tenant_id = p_tenant and r.object_id = p_id
        union
        select r.* from ledger.kind_v k
        join ledger.transfer r on r.tenant_id = p_tenant and r.kind = k.kind
            and r.source >= p_id and r.source < p_id || ';'
        union
        select r.* from ledger.transfer r
        where p_kind = 'transfer of the ledger' and r.tenant_id = p_tenant and r.id = p_id) as r
    join ledger.entry e on e.tenant_id = p_tenant and e.transfer_id = r.id
    join ledger.account a on a.tenant_id = p_tenant and a.id = e.account_id
    group by r.posted_at, r.kind, r.id
$$;
