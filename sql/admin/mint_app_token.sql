-- Returns: the access token (shown this once; only its hash is kept); null after a dry run
-- Raises: PU404 no such app or a revoked one, PU422 unknown scope or days out of range
-- Tables written: auth.app_token, admin.audit
create or replace function admin.mint_app_token(
    p_app text, p_scopes text[], p_days int, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_known constant text[] := array['api', 'reads', 'payments', 'payouts', 'connect', 'webhooks',
        'payouts:write'];
    v_unknown text := (
        select string_agg(coalesce(s, 'null'), ', ')
        from unnest(p_scopes) as s
        where s = any (c_known) is not true);
    v_tenant text;
    v_token text := 'hat_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '');
begin
    select a.tenant_id into v_tenant
    from auth.app a
    where a.id = p_app and a.revoked_at is null for key share;
    if not found then
        raise exception using errcode = 'PU404', message = format('no app %L', p_app);
    end if;
    perform admin.need(cardinality(p_scopes) > 0 and v_unknown is null, 'p_scopes',
        coalesce('unknown: ' || v_unknown || '; ', '') || 'at least one is needed, of '
            || array_to_string(c_known, ', ')),
        admin.need(p_days between 1 and 3650, 'p_days', 'from 1 to 3650 days');
    perform admin.record('mint_app_token', p_app,
        jsonb_build_object('scopes', p_scopes, 'days', p_days), p_reason, false);
    insert into auth.app_token (hash, app_id, tenant_id, scopes, expires_at)
    values (sha256(convert_to(v_token, 'UTF8')), p_app, v_tenant, p_scopes,
        now() + p_days * interval '1 day');
    perform admin.finish('mint_app_token ' || p_app, p_dry_run);
    return v_token;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.mint_app_token is
    'makes an access token of an app; returns it, shown this once';
