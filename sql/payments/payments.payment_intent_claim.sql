-- Leases one payment that should be compared with Stripe: it has an intent, is
-- not final, and was not claimed here for p_after_s.  The readings are p_after_s apart at
-- first, then 2, 5, 15, 60 times as far, then 360 times (with the default of a minute:
-- every 6 hours), up to the payment's 30th day.
--
-- Returns: 0-1 rows: tenant_id, payment_id, stripe_payment_intent_id, attempts (this one included)
-- Locks: the payment, skipping locked ones
-- Tables written: payments.payment
create or replace function payments.payment_intent_claim(
    p_holder text, p_lease_ms int, p_after_s int
)
    returns table (tenant_id text, payment_id text, stripe_payment_intent_id text, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_times constant int[] := array[1, 1, 1, 2, 5, 15, 60, 360];
begin
    return query
    with due as (
        select d.id
        from payments.payment d
        where d.status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
            'processing')
            and d.next_run_at <= now() and (d.lease_until is null or d.lease_until <= now())
            and coalesce(d.looked_at, d.created_at) <= now() - p_after_s * interval '1 s'
            and d.created_at > now() - interval '30 days'
        order by d.next_run_at
        limit 1
        for update skip locked
    )
    update payments.payment p
    set lease_holder = p_holder, lease_until = now() + p_lease_ms * interval '1 ms',
        looked_at = now(), attempts = p.attempts + 1,
        next_run_at = now()
            + c_times[least(p.attempts + 1, array_length(c_times, 1))] * p_after_s * interval '1 s'
    from due
    where p.id = due.id
    returning p.tenant_id::text, p.id::text, p.stripe_payment_intent_id::text, p.attempts;
end
$$;
grant execute on function payments.payment_intent_claim(text, int, int) to purser_jobs;
