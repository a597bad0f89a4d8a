-- Leases the oldest due refund intent.  From this commit on its refund may have been asked for.
--
-- Returns: 0-1 rows: tenant_id, user_id, id, stripe_payment_intent_id, amount_cents, currency,
--   sent_s, installation, attempts (this one included)
-- Locks: the refund intent, skipping locked ones
-- Tables written: payments.refund_intent
create or replace function payments.refund_claim(p_holder text, p_lease_ms int)
    returns table (
        tenant_id text, user_id text, id text, stripe_payment_intent_id text, amount_cents bigint,
        currency text, sent_s bigint, installation text, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('payments.refund', p_holder, p_lease_ms);
begin
    return query
    update payments.refund_intent i
    set sent_at = coalesce(i.sent_at, clock_timestamp())
    from payments.payment p
    where i.id = any(v_ids) and p.tenant_id = i.tenant_id and p.id = i.payment_id
    returning i.tenant_id::text, p.user_id::text, i.id::text, p.stripe_payment_intent_id::text,
        i.amount_cents, i.currency::text, extract(epoch from i.sent_at)::bigint,
        core.installation_id(), i.attempts;
end
$$;
grant execute on function payments.refund_claim(text, int) to purser_jobs;
