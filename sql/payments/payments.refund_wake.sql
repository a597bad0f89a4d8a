-- Money came in at Stripe: refunds that were refused for now are tried again, as payouts by
-- payouts.payout_wake.
--
-- Locks: the refund intents, in order of their ids
-- Tables written: payments.refund_intent
create or replace function payments.refund_wake(
    p_account text, p_currency text, p_at timestamptz
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update payments.refund_intent i
    set woken_at = greatest(p_at, clock_timestamp()),
        next_run_at = case when i.lease_holder is null then least(i.next_run_at, p_at)
            else i.next_run_at end
    where i.id in (
        select d.id
        from payments.refund_intent d
        where d.status = 'open' and d.deferrals > 0 and d.currency = p_currency
            and core.stripe_account_of(d.tenant_id) = p_account
        order by d.id
        for no key update)
$$;
