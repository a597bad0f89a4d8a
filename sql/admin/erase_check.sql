-- What keeps a user from being erased: what is open about money of theirs, or under way.
--
-- Returns: their ids, at most 20, with their state; null = nothing
create or replace function admin.erase_check(p_tenant text, p_user text) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    with object as materialized (
        select r.id
        from admin.trace_related(p_tenant, 'user', p_user, p_user, null, null, null, null) as r
    )
    select string_agg(o.what, ', ')
    from (
        select format('payout %s is %s', p.id, p.status) as what
        from payouts.payout p
        where p.tenant_id = p_tenant and p.user_id = p_user
            and p.status in ('pending', 'processing')
        union all
        select format('payment %s is %s', p.id, p.status)
        from payments.payment p
        where p.tenant_id = p_tenant and p.user_id = p_user
            and p.status in ('creating', 'processing')
        union all
        select format('refund %s is open', i.id)
        from payments.payment p
        join payments.refund_intent i on i.tenant_id = p_tenant and i.payment_id = p.id
        where p.tenant_id = p_tenant and p.user_id = p_user and i.status = 'open'
        union all
        select format('dispute %s is %s', d.id, d.stripe_status)
        from payments.payment p
        join payments.dispute d on d.payment_id = p.id and d.tenant_id = p_tenant
        where p.tenant_id = p_tenant and p.user_id = p_user
            and d.status in ('needs_response', 'under_review')
        union all
        select format('account %s has no subaccount yet', a.id)
        from payments.prop_account a
        where a.tenant_id = p_tenant and a.user_id = p_user
            and a.provision_state in ('queued', 'calling', 'unknown')
        union all
        select format('payee %s is creating', c.id)
        from connect.account c
        where c.tenant_id = p_tenant and c.user_id = p_user and c.status = 'creating'
        union all
        select format('exception %s (%s) is open', e.id, e.kind)
        from core.exception e
        where e.tenant_id = p_tenant and e.resolved_at is null
            and (e.object_id in (select o.id from object o)
                or e.detail ->> 'account_id' in (select o.id from object o))
        union all
        select format('event %s is %s', e.id, e.state)
        from object o
        join stripe_events.event e on o.id in (e.object_id, e.account)
        where e.state in ('pending', 'parked', 'failed')
        union all
        select format('the request %s %s is under way', i.method, i.path)
        from unnest(array['prop', 'journal', 'partner', 'marketplace']) as every (api)
        join core.idempotency i on i.tenant_id = p_tenant and i.api = every.api
            and i.principal = p_user
        where i.state = 'running' and i.lease_until > clock_timestamp()
        limit 20) as o
$$;
