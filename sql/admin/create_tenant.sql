-- The first tenant becomes the owner of the Stripe account `default`, whose mode is that of the key
-- with which a program started last.
--
-- Parameters: p_entity_hotkey of the account provider, may be null
-- Returns: the tenant's id; null after a dry run
-- Raises: PU412 the slug is taken; PU422
-- Tables written: core.tenant, core.stripe_account, admin.audit
create or replace function admin.create_tenant(
    p_slug text, p_name text, p_entity_hotkey text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text := core.new_id('ten');
begin
    perform admin.audit_lock();
    perform admin.need(p_slug ~ '^[a-z0-9][a-z0-9-]{0,62}$', 'p_slug',
        'lower-case letters, digits and -, at most 63, the first a letter or digit'),
        admin.need(btrim(p_name) <> '' and length(p_name) <= 200, 'p_name',
            'a name of at most 200 characters'),
        admin.need(coalesce(p_entity_hotkey ~ '^\S{1,200}$', true), 'p_entity_hotkey',
            'at most 200 characters without blanks, or null'),
        admin.need(not exists (select from core.tenant t where t.slug = p_slug), 'p_slug',
            format('there is a tenant %s', p_slug), 'PU412');
    perform admin.record('create_tenant', v_id,
        jsonb_build_object('slug', p_slug, 'name', p_name, 'entity_hotkey', p_entity_hotkey),
        p_reason, false);
    insert into core.tenant (id, slug, name, entity_hotkey)
    values (v_id, p_slug, p_name, p_entity_hotkey);
    insert into core.stripe_account (tenant_id, name, mode)
    select v_id, 'default', coalesce((
        select p.stripe_mode
        from core.program p
        where p.stripe_mode is not null
        order by p.started_at desc
        limit 1), 'live')
    where not exists (select from core.stripe_account s where s.name = 'default');
    perform admin.finish('create_tenant ' || p_slug, p_dry_run);
    return v_id;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.create_tenant is 'makes a tenant; returns its id';
