-- Returns: how many sessions were ended; null after a dry run
-- Raises: PU404
-- Tables written: auth.session, admin.audit
create or replace function admin.revoke_sessions(
    p_user text, p_reason text, p_dry_run boolean default true
) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    if not exists (select from auth."user" u where u.id = p_user) then
        raise exception using errcode = 'PU404', message = format('no user %L', p_user);
    elsif not admin.record('revoke_sessions', p_user, '{}', p_reason, p_dry_run) then
        return null;
    end if;
    update auth.session s set revoked_at = now() where s.user_id = p_user and s.revoked_at is null;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function admin.revoke_sessions is 'ends all sessions of a user';
