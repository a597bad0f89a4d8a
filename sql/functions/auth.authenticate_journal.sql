-- Checks a journal key; this transaction then acts for its user.
--
-- No `set search_path`, as in auth.authenticate_session.
--
-- Parameters: p_key SHA-256 of the key
-- Returns: tenant_id, principal (the user's id)
-- Raises: PU401
create or replace function auth.authenticate_journal(
    p_key bytea, out tenant_id text, out principal text
) returns record
    language plpgsql stable security definer
as $$
begin
    select k.tenant_id, k.user_id into tenant_id, principal
    from journal.api_key k
    where k.hash = p_key and k.revoked_at is null;
    if not found then
        raise exception using errcode = 'PU401', message = 'the API key is not valid';
    end if;
    perform pg_catalog.set_config('purser.tenant', tenant_id, true),
        pg_catalog.set_config('purser.mode', 'live', true),
        pg_catalog.set_config('purser.principal', principal, true);
end
$$;
