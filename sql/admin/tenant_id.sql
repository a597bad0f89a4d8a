-- A tenant's id by its slug or id.
--
-- Raises: PU404
create or replace function admin.tenant_id(p_tenant text) returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text;
begin
    select t.id into v_id from core.tenant t where t.slug = p_tenant or t.id = p_tenant;
    if not found then
        raise exception using errcode = 'PU404', message = format('no tenant %L', p_tenant);
    end if;
    return v_id;
end
$$;
