-- Leases one payment that should be compared with Stripe: it has an intent, is
-- not final, and was not claimed here for p_after_s.  The readings are p_after_s apart at
-- first, then 2, 5, 15, 60 times as far, then 360 times (with the default of a minute:
-- every 6 hours).
--
-- A payment of the age p_abandoned_s is taken for abandoned: it is marked instead of claimed, and
-- is payments.cancellation_claim's from then on.
--
-- Parameters: p_abandoned_s null or 0 = 30 days, the most
-- Returns: 0-1 rows: tenant_id, payment_id, stripe_payment_intent_id, stripe_account, attempts
--   (this one included)
-- Locks: the payments, skipping locked ones
-- Tables written: payments.payment
create or replace function payments.payment_intent_claim(
    p_holder text, p_lease_ms int, p_after_s int, p_keys text[] default null,
    p_abandoned_s int default null
)
    returns table (tenant_id text, payment_id text, stripe_payment_intent_id text,
        stripe_account text, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_times constant int[] := array[1, 1, 1, 2, 5, 15, 60, 360];
    c_marks constant int := 100; -- in one call
    v_abandoned timestamptz := now()
        - least(nullif(p_abandoned_s, 0) * interval '1 s', interval '30 days');
    v_ids text[];
begin
    for i in 1 .. c_marks loop
        v_ids := core.job_claim('payments.payment_intent', p_holder, p_lease_ms,
            p_after_s => p_after_s, p_accounts => p_keys);
        update payments.payment p
        set abandoned_at = now(), attempts = 0, next_run_at = now(), lease_holder = null,
            lease_until = null
        where p.id = any(v_ids) and p.created_at <= v_abandoned;
        exit when not found;
    end loop;
    return query
    update payments.payment p
    set looked_at = now(), next_run_at = now()
        + c_times[least(p.attempts, array_length(c_times, 1))] * p_after_s * interval '1 s'
    where p.id = any(v_ids) and p.abandoned_at is null
    returning p.tenant_id::text, p.id::text, p.stripe_payment_intent_id::text,
        core.stripe_account_of(p.tenant_id), p.attempts;
end
$$;
grant execute on function payments.payment_intent_claim(text, int, int, text[], int) to purser_jobs;
