-- Parameters: p_tenant slug or id; the email counts as verified
-- Returns: the user's id; null after a dry run
-- Raises: PU404; PU412 the tenant has a user with the e-mail; PU422
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
    perform admin.need(p_email ~ '^[^@\s]+@[^@\s]+$' and length(p_email) <= 254, 'p_email',
        'an e-mail address of at most 254 characters'),
        admin.need(not exists (
            select from auth."user" u
            where u.tenant_id = v_tenant and lower(u.email) = lower(p_email)), 'p_email',
            format('%s has a user with this e-mail', p_tenant), 'PU412');
    perform admin.record('create_user', v_id, jsonb_build_object('tenant', v_tenant), p_reason,
        false);
    insert into auth."user" (id, tenant_id, email, email_verified)
    values (v_id, v_tenant, p_email, true);
    perform admin.finish('create_user ' || p_email, p_dry_run);
    return v_id;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.create_user is 'makes a user with a verified email; returns its id';
