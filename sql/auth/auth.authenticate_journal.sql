-- Checks a journal key; this transaction then acts for its user.
--
-- No `set search_path`, as in auth.authenticate_session.
--
-- Parameters: p_key SHA-256 of the key; p_nonce as in auth.authenticate_session
-- Returns: tenant_id, principal (the user's id), nonce
-- Raises: PU401 with the nonce as its hint
create or replace function auth.authenticate_journal(
    p_key bytea, p_nonce text default '', out tenant_id text, out principal text, out nonce text
) returns record
    language plpgsql stable security definer
as $$
begin
    select k.tenant_id, k.user_id into tenant_id, principal
    from journal.api_key k
    where k.hash = p_key and k.revoked_at is null;
    if not found then
        raise exception using errcode = 'PU401', hint = p_nonce,
            message = 'the API key in the header Authorization is not valid';
    end if;
    perform pg_catalog.set_config('purser.tenant', tenant_id, true),
        pg_catalog.set_config('purser.mode', 'live', true),
        pg_catalog.set_config('purser.principal', principal, true);
    nonce := p_nonce;
end
$$;
grant execute on function auth.authenticate_journal(bytea, text) to purser_payouts;
