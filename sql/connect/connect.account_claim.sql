-- Leases the oldest due Connect account whose creation at Stripe is not known yet.
--
-- Returns: 0-1 rows: tenant_id, user_id, account_id, country, recipient, email,
--   created_s, installation, stripe_account, lease_no, attempts (this one included)
-- Locks: the account, skipping locked ones
-- Tables written: connect.account
create or replace function connect.account_claim(
    p_holder text, p_lease_ms int, p_keys text[] default null
)
    returns table (
        tenant_id text, user_id text, account_id text, country text, recipient boolean, email text,
        created_s bigint, installation text, stripe_account text, lease_no int, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('connect.account', p_holder, p_lease_ms, p_accounts => p_keys);
begin
    return query
    select a.tenant_id::text, a.user_id::text, a.id::text, a.country::text, a.recipient, a.email,
        extract(epoch from a.created_at)::bigint, core.installation_id(),
        core.stripe_account_of(a.tenant_id), a.lease_no, a.attempts
    from connect.account a
    where a.id = any(v_ids);
end
$$;
grant execute on function connect.account_claim(text, int, text[]) to purser_jobs;
