-- Checks an app access token, its scope and a user's session of the same
-- tenant; this transaction then acts for the user.  Every user request starts
-- here, in the same round trip as its statement.
--
-- No `set search_path`: it costs up to a tenth of the call.  Every name is
-- qualified instead, and no role of ours can make an operator.  `stable`,
-- though it sets settings: it then runs on the caller's snapshot, which saves a
-- fifth; in FROM it is called once all the same.
--
-- Parameters: p_token, p_session SHA-256 of the texts; p_scope the route's;
--   p_prop_account the X-Prop-Account header or null; p_nonce is given back, so that the
--   program knows that an answer on a connection with many callers is this caller's
-- Returns: tenant_id, principal (the user's id), prop_account_id (null when not asked), nonce
-- Raises: PU401 token, PU402 session (also one of another tenant), PU403 scope, PU404 prop account;
--   each with the nonce as its hint
create or replace function auth.authenticate_session(
    p_token bytea, p_session bytea, p_scope text, p_prop_account text, p_nonce text default '',
    out tenant_id text, out principal text, out prop_account_id text, out nonce text
) returns record
    language plpgsql stable security definer
as $$
declare
    v_app text;
    v_scopes text[];
begin
    select t.tenant_id, t.app_id, t.scopes, s.user_id into tenant_id, v_app, v_scopes, principal
    from auth.app_token t
    left join auth.session s on s.hash = p_session and s.tenant_id = t.tenant_id
        and s.revoked_at is null and s.expires_at > pg_catalog.now()
    where t.hash = p_token and t.revoked_at is null and t.expires_at > pg_catalog.now();
    if not found then
        raise exception using errcode = 'PU401', hint = p_nonce,
            message = 'the app access token in the header Authorization is not valid';
    end if;
    if principal is null then
        raise exception using errcode = 'PU402', hint = p_nonce,
            message = 'the session token in the header X-Session-Token is not valid';
    end if;
    -- `is not true`: a route without a scope is refused, too
    if (p_scope = any (v_scopes)
        or ('api' = any (v_scopes) and p_scope <> 'payouts:write')) is not true
    then
        raise exception using errcode = 'PU403', hint = p_nonce,
            message = 'the app access token lacks the scope ' || coalesce(p_scope, 'of this route');
    end if;
    if p_prop_account is not null then
        select a.id into prop_account_id
        from payments.prop_account a
        where a.id = p_prop_account and a.tenant_id = authenticate_session.tenant_id
            and a.user_id = authenticate_session.principal;
        if not found then
            raise exception using errcode = 'PU404', hint = p_nonce, message = 'not found';
        end if;
    end if;
    perform pg_catalog.set_config('purser.tenant', tenant_id, true),
        pg_catalog.set_config('purser.mode', 'live', true),
        pg_catalog.set_config('purser.principal', principal, true),
        pg_catalog.set_config('purser.app', v_app, true);
    nonce := p_nonce;
end
$$;
grant execute on function auth.authenticate_session(
    bytea, bytea, text, text, text
) to purser_payments, purser_connect, purser_payouts, purser_webhooks;
