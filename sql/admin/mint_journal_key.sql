-- A user's first key makes their book.
--
-- Returns: the API key (shown this once; only its hash is kept); null after a dry run
-- Raises: PU404
-- Tables written: journal.book, journal.node, journal.api_key, admin.audit
create or replace function admin.mint_journal_key(
    p_user text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text;
    v_book uuid;
    v_key text := 'mpj_' || replace(gen_random_uuid()::text || gen_random_uuid(), '-', '');
begin
    select u.tenant_id into v_tenant from auth."user" u where u.id = p_user and u.erased_at is null;
    if not found then
        raise exception using errcode = 'PU404', message = format('no user %L', p_user);
    end if;
    perform admin.record('mint_journal_key', p_user, '{}', p_reason, false);
    insert into journal.book (tenant_id, user_id) values (v_tenant, p_user)
    on conflict (tenant_id, user_id) do nothing
    returning id into v_book;
    if found then
        perform journal.history_create(v_book, v_tenant);
    end if;
    insert into journal.api_key (hash, tenant_id, user_id)
    values (sha256(convert_to(v_key, 'UTF8')), v_tenant, p_user);
    perform admin.finish('mint_journal_key ' || p_user, p_dry_run);
    return v_key;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.mint_journal_key is
    'makes a journal key of a user; returns it, shown this once';
