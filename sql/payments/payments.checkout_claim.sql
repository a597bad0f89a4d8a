-- Leases the oldest due payment whose creation at Stripe is not known yet.
--
-- Returns: 0-1 rows: tenant_id, the columns of payments.checkout_row, created_s, installation,
--   stripe_account, lease_no, attempts (this one included)
-- Locks: the payment, skipping locked ones
-- Tables written: payments.payment
create or replace function payments.checkout_claim(
    p_holder text, p_lease_ms int, p_keys text[] default null
)
    returns table (
        tenant_id text, payment_id text, status text, stripe_payment_intent_id text,
        client_secret text, amount_cents bigint, currency text, user_id text, tier_id text,
        market text, asset_class text, account_size bigint, failure_code text, failure_message text,
        created_s bigint, installation text, stripe_account text, lease_no int, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('payments.checkout', p_holder, p_lease_ms, p_accounts => p_keys);
begin
    return query
    select p.tenant_id::text, p.id::text, p.status::text, p.stripe_payment_intent_id::text,
        p.client_secret, p.amount_cents, p.currency::text, p.user_id::text, p.tier_id::text,
        p.market, p.asset_class, p.account_size, p.failure_code, p.failure_message,
        extract(epoch from p.created_at)::bigint, core.installation_id(),
        core.stripe_account_of(p.tenant_id), p.lease_no, p.attempts
    from payments.payment p
    where p.id = any(v_ids);
end
$$;
grant execute on function payments.checkout_claim(text, int, text[]) to purser_jobs;
