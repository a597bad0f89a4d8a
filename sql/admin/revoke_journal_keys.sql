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
    elsif not admin.record('revoke_journal_keys', p_user, '{}', p_reason, p_dry_run) then
        return null;
    end if;
    update journal.api_key k
    set revoked_at = now()
    where k.user_id = p_user and k.revoked_at is null;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
comment on function admin.revoke_journal_keys is 'ends all journal keys of a user';
