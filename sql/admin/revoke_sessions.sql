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
    end if;
    perform admin.record('revoke_sessions', p_user, '{}', p_reason, false);
    update auth.session s set revoked_at = now() where s.user_id = p_user and s.revoked_at is null;
    get diagnostics v_count = row_count;
    perform admin.finish('revoke_sessions ' || p_user || format(', %s sessions', v_count),
        p_dry_run);
    return v_count;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.revoke_sessions is 'ends all sessions of a user';
