-- The rows with this id that only name an object: the part of admin.trace_find about exceptions,
-- events, balance transactions, the ledger and messages.
--
-- Parameters: p_text
-- Returns: each row, with the object that it names
create or replace function admin.trace_about(p_text text)
    returns table (tenant_id text, kind text, id text, object_id text)
    language sql stable security definer rows 2
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
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
$$;
