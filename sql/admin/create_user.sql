-- Parameters: p_tenant slug or id; the email counts as verified
-- Returns: the user's id; null after a dry run
-- Raises: PU404
-- Tables written: auth."user", admin.audit
create or replace function admin.create_user(
    p_tenant text, p_email text, p_reason text, p_dry_run boolean default true
)
    returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_id text := core.new_id('usr');
begin
    if not admin.record('create_user', v_id, jsonb_build_object('tenant', v_tenant), p_reason,
        p_dry_run)
    then
        return null;
    end if;
    insert into auth."user" (id, tenant_id, email, email_verified)
    values (v_id, v_tenant, p_email, true);
    return v_id;
end
$$;
comment on function admin.create_user is 'makes a user with a verified email; returns its id';
