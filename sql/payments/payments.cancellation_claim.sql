-- Leases one abandoned payment whose PaymentIntent is to be canceled, so that an old price cannot
-- be paid any more.  The mark that payments.payment_intent_claim committed is the intent; the
-- status changes when Stripe has canceled the PaymentIntent, or says what else became of it.
--
-- The attempts are an hour apart at first, then a day.  One that did not end in a month is not
-- claimed again, unless by admin.retry: no answer of Stripe's is coming, and admin.waiting shows
-- the last one.
--
-- Returns: 0-1 rows: tenant_id, payment_id, stripe_payment_intent_id, stripe_account, attempts
--   (this one included)
-- Locks: the payment, skipping locked ones
-- Tables written: payments.payment
create or replace function payments.cancellation_claim(
    p_holder text, p_lease_ms int, p_keys text[] default null
)
    returns table (tenant_id text, payment_id text, stripe_payment_intent_id text,
        stripe_account text, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('payments.cancellation', p_holder, p_lease_ms,
        p_accounts => p_keys);
begin
    return query
    update payments.payment p
    set looked_at = now(), next_run_at = case
            when p.attempts <= 6 then now() + interval '1 h'
            when p.attempts <= 36 then now() + interval '1 day'
            else 'infinity' end
    where p.id = any(v_ids)
    returning p.tenant_id::text, p.id::text, p.stripe_payment_intent_id::text,
        core.stripe_account_of(p.tenant_id), p.attempts;
end
$$;
grant execute on function payments.cancellation_claim(text, int, text[]) to purser_jobs;
