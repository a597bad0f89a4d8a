-- Returns: the session token (shown this once; only its hash is kept); null after a dry run
-- Raises: PU404, PU422 days out of range
-- Tables written: auth.session, admin.audit
create or replace function admin.mint_session(
    p_user text, p_days int, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text;
    v_token text := 'sess_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '');
begin
    select u.tenant_id into v_tenant from auth."user" u where u.id = p_user and u.erased_at is null;
    if not found then
        raise exception using errcode = 'PU404', message = format('no user %L', p_user);
    end if;
    perform admin.need(p_days between 1 and 3650, 'p_days', 'from 1 to 3650 days');
    perform admin.record('mint_session', p_user, jsonb_build_object('days', p_days), p_reason,
        false);
    insert into auth.session (hash, user_id, tenant_id, expires_at)
    values (sha256(convert_to(v_token, 'UTF8')), p_user, v_tenant,
        now() + p_days * interval '1 day');
    perform admin.finish('mint_session ' || p_user, p_dry_run);
    return v_token;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.mint_session is
    'makes a session of a user; returns its token, shown this once';
