-- What users, apps and tenants say of themselves and of when it happened, for admin.trace; by
-- indexes only.
--
-- Parameters: p_kind as of admin.trace_related
create or replace function admin.trace_user(p_tenant text, p_kind text, p_id text)
    returns table (at timestamptz, what text, object text, detail text)
    language sql stable security definer rows 10
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    select null, 'belongs to', u.id, u.email
    from auth."user" u
    where p_kind = 'owner' and u.tenant_id = p_tenant and u.id = p_id
    union all
    select u.created_at, 'user made', u.id, u.email
    from auth."user" u
    where p_kind = 'user' and u.tenant_id = p_tenant and u.id = p_id
    union all
    select s.created_at, 'session made', p_id, format('until %s%s', s.expires_at,
        ', ended ' || s.revoked_at)
    from auth.session s
    where p_kind = 'user' and s.user_id = p_id and s.tenant_id = p_tenant
    union all
    select k.created_at, 'journal key made', p_id, 'ended ' || k.revoked_at
    from journal.api_key k
    where p_kind = 'user' and k.tenant_id = p_tenant and k.user_id = p_id
    union all
    select b.created_at, 'journal made', b.id::text, format('%s payouts',
        n.pending + n.processing + n.completed + n.failed)
    from journal.book b
    left join journal.node n on n.tenant_id = b.tenant_id and n.history_id = b.id and n.level = 4
    where p_kind = 'user' and b.tenant_id = p_tenant and b.user_id = p_id
    union all
    select i.created_at, 'request', i.key, format('%s %s: %s', i.method, i.path,
        coalesce(i.response_status::text, i.state))
    from unnest(array['prop', 'journal', 'partner', 'marketplace']) as every (api)
    join core.idempotency i on i.tenant_id = p_tenant and i.api = every.api
        and i.principal = p_id
    where p_kind in ('user', 'app')
    union all
    select a.created_at, 'app made', a.id, a.slug || coalesce(', ended ' || a.revoked_at, '')
    from auth.app a
    where p_kind = 'app' and a.tenant_id = p_tenant and a.id = p_id
    union all
    select t.created_at, 'tenant made', t.slug, t.name
    from core.tenant t
    where p_kind = 'tenant' and t.id = p_id
$$;
