-- Returns: how many keys of the user ended; null after a dry run
-- Raises: PU404
-- Tables written: journal.api_key, admin.audit
create or replace function admin.revoke_journal_keys(
    p_user text, p_reason text, p_dry_run boolean default true
) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    perform from auth."user" u where u.id = p_user;
    if not found then
        raise exception using errcode = 'PU404', message = format('no user %L', p_user);
    end if;
    perform admin.record('revoke_journal_keys', p_user, '{}', p_reason, false);
    update journal.api_key k
    set revoked_at = now()
    where k.user_id = p_user and k.revoked_at is null;
    get diagnostics v_count = row_count;
    perform admin.finish('revoke_journal_keys ' || p_user || format(', %s keys', v_count),
        p_dry_run);
    return v_count;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.revoke_journal_keys is 'ends all journal keys of a user';
