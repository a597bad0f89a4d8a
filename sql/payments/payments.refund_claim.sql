-- Leases the oldest due refund intent.  From this commit on its refund may have been asked for.
--
-- One that was not asked for as far as we know is due again in 2 s while Stripe's lists are unread:
-- in a restored backup it may have been made, and Stripe may have forgotten its key.
--
-- Returns: 0-1 rows: tenant_id, user_id, id, stripe_payment_intent_id, amount_cents, currency,
--   attempt, sent_s, installation, stripe_account, lease_no, attempts (this one included)
-- Locks: the refund intent, skipping locked ones
-- Tables written: payments.refund_intent
create or replace function payments.refund_claim(
    p_holder text, p_lease_ms int, p_keys text[] default null
)
    returns table (
        tenant_id text, user_id text, id text, stripe_payment_intent_id text, amount_cents bigint,
        currency text, attempt int, sent_s bigint, installation text, stripe_account text,
        lease_no int, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids text[] := core.job_claim('payments.refund', p_holder, p_lease_ms, p_accounts => p_keys);
    v_intent payments.refund_intent;
    v_unread text;
begin
    select * into v_intent
    from payments.refund_intent i
    where i.id = any(v_ids) and i.sends = 0;
    if found then
        perform auth.assume(v_intent.tenant_id, '');
        v_unread := stripe_events.unread_reason(v_intent.id);
    end if;
    if v_unread is not null then
        update payments.refund_intent i
        set lease_holder = null, lease_until = null, attempts = 0,
            next_run_at = now() + interval '2 s',
            last_error = v_unread
        where i.tenant_id = v_intent.tenant_id and i.id = v_intent.id;
        return;
    end if;
    return query
    update payments.refund_intent i
    set sent_at = case i.sends when 0 then clock_timestamp() else i.sent_at end,
        sends = i.sends + 1
    from payments.payment p
    where i.id = any(v_ids) and p.tenant_id = i.tenant_id and p.id = i.payment_id
    returning i.tenant_id::text, p.user_id::text, i.id::text, p.stripe_payment_intent_id::text,
        i.amount_cents, i.currency::text, i.attempt, extract(epoch from i.sent_at)::bigint,
        core.installation_id(), core.stripe_account_of(i.tenant_id), i.lease_no, i.attempts;
end
$$;
grant execute on function payments.refund_claim(text, int, text[]) to purser_jobs;
