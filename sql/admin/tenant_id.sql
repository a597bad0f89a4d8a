-- A tenant's id by its slug or id, for functions that change something.
--
-- Raises: PU404
-- Locks: other operators' functions (admin.audit_lock)
create or replace function admin.tenant_id(p_tenant text) returns text
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_id text;
begin
    perform admin.audit_lock();
    select t.id into v_id from core.tenant t where t.slug = p_tenant or t.id = p_tenant;
    if not found then
        raise exception using errcode = 'PU404', message = format('no tenant %L', p_tenant);
    end if;
    return v_id;
end
$$;
