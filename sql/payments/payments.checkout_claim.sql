-- Leases the oldest due payment whose creation at Stripe is not known yet.
--
-- Returns: 0-1 rows: tenant_id, the columns of payments.checkout_row, created_s, attempts
--   (this one included)
-- Locks: the payment, skipping locked ones
-- Tables written: payments.payment
create or replace function payments.checkout_claim(p_holder text, p_lease_ms int)
    returns table (
        tenant_id text, payment_id text, status text, stripe_payment_intent_id text,
        client_secret text, amount_cents bigint, currency text, user_id text, tier_id text,
        market text, asset_class text, account_size bigint, failure_code text, failure_message text,
        created_s bigint, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz := now() + p_lease_ms * interval '1 ms';
begin
    return query
    with due as (
        select d.id
        from payments.payment d
        where d.status = 'creating' and d.next_run_at <= now()
            and (d.lease_until is null or d.lease_until <= now())
        order by d.next_run_at
        limit 1
        for update skip locked
    )
    update payments.payment p
    set lease_holder = p_holder, lease_until = v_until, next_run_at = v_until,
        attempts = p.attempts + 1
    from due
    where p.id = due.id
    returning p.tenant_id::text, p.id::text, p.status::text, p.stripe_payment_intent_id::text,
        p.client_secret, p.amount_cents, p.currency::text, p.user_id::text, p.tier_id::text,
        p.market, p.asset_class, p.account_size, p.failure_code, p.failure_message,
        extract(epoch from p.created_at)::bigint, p.attempts;
end
$$;
grant execute on function payments.checkout_claim(text, int) to purser_jobs;
