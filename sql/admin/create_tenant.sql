-- The first tenant becomes the owner of the Stripe account `default`, whose mode is that of the key
-- with which a program started last.
--
-- Parameters: p_entity_hotkey of the account provider, may be null
-- Returns: the tenant's id; null after a dry run
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
    if not admin.record('create_tenant', v_id,
        jsonb_build_object('slug', p_slug, 'name', p_name, 'entity_hotkey', p_entity_hotkey),
        p_reason, p_dry_run)
    then
        return null;
    end if;
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
    return v_id;
end
$$;
comment on function admin.create_tenant is 'makes a tenant; returns its id';
