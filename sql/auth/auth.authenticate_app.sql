-- Checks an app access token and its scope; this transaction then acts for the app.
--
-- Parameters: p_token SHA-256 of the token; p_scope the route's ('api' in the token
--   covers all but payouts:write); p_nonce as in auth.authenticate_session
-- Returns: tenant_id, principal (the app's id), nonce
-- Raises: PU401, PU403; each with the nonce as its hint
create or replace function auth.authenticate_app(
    p_token bytea, p_scope text, p_nonce text default '',
    out tenant_id text, out principal text, out nonce text
) returns record
    language plpgsql stable security definer
as $$
declare
    v_scopes text[];
begin
    select t.tenant_id, t.app_id, t.scopes into tenant_id, principal, v_scopes
    from auth.app_token t
    where t.hash = p_token and t.revoked_at is null and t.expires_at > pg_catalog.now();
    if not found then
        raise exception using errcode = 'PU401', hint = p_nonce,
            message = 'the app access token in the header Authorization is not valid';
    end if;
    -- `is not true`: a route without a scope is refused, too
    if (p_scope = any (v_scopes)
        or ('api' = any (v_scopes) and p_scope <> 'payouts:write')) is not true
    then
        raise exception using errcode = 'PU403', hint = p_nonce,
            message = 'the app access token lacks the scope ' || coalesce(p_scope, 'of this route');
    end if;
    perform pg_catalog.set_config('purser.tenant', tenant_id, true),
        pg_catalog.set_config('purser.mode', 'live', true),
        pg_catalog.set_config('purser.principal', principal, true),
        pg_catalog.set_config('purser.app', principal, true);
    nonce := p_nonce;
end
$$;
grant execute on function auth.authenticate_app(bytea, text, text)
    to purser_payments, purser_connect, purser_payouts, purser_webhooks;
