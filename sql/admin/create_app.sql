-- Parameters: p_tenant slug or id
-- Returns: client_id, client_secret (shown this once); nothing after a dry run
-- Raises: PU404; PU412 the tenant has an app of that name; PU422
-- Tables written: auth.app, admin.audit
create or replace function admin.create_app(
    p_tenant text, p_slug text, p_reason text, p_dry_run boolean default true
)
    returns table (client_id text, client_secret text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
begin
    perform admin.need(btrim(p_slug) <> '' and length(p_slug) <= 63, 'p_slug',
        'a name of at most 63 characters'),
        admin.need(not exists (
            select from auth.app a where a.tenant_id = v_tenant and a.slug = p_slug), 'p_slug',
            format('%s has an app %s', p_tenant, p_slug), 'PU412');
    client_id := core.new_id('hsc');
    client_secret := 'hsk_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '');
    perform admin.record('create_app', client_id,
        jsonb_build_object('tenant', v_tenant, 'slug', p_slug), p_reason, false);
    insert into auth.app (id, tenant_id, slug, secret_hash)
    values (client_id, v_tenant, p_slug, sha256(convert_to(client_secret, 'UTF8')));
    perform admin.finish('create_app ' || p_slug, p_dry_run);
    return next;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return;
end
$$;
comment on function admin.create_app is
    'makes an app of a tenant; returns client_id and client_secret, shown this once';
