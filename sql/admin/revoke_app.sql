-- Ends an app and its tokens at once.
--
-- Returns: how many tokens were revoked; null after a dry run
-- Raises: PU404
-- Tables written: auth.app, auth.app_token, admin.audit
create or replace function admin.revoke_app(
    p_app text, p_reason text, p_dry_run boolean default true
) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    if not exists (select from auth.app a where a.id = p_app) then
        raise exception using errcode = 'PU404', message = format('no app %L', p_app);
    end if;
    perform admin.record('revoke_app', p_app, '{}', p_reason, false);
    update auth.app a set revoked_at = now() where a.id = p_app and a.revoked_at is null;
    update auth.app_token t set revoked_at = now() where t.app_id = p_app and t.revoked_at is null;
    get diagnostics v_count = row_count;
    perform admin.finish('revoke_app ' || p_app || format(', %s tokens', v_count), p_dry_run);
    return v_count;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.revoke_app is 'ends an app and all its access tokens at once';
