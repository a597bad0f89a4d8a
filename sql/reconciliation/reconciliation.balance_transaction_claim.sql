-- The claim of the reading of Stripe's balance transactions.  Every 10 s while payouts or refunds
-- wait for money there (reconciliation.balance_raised).
--
-- Parameters, returns: as stripe_events.bookmark_claim
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark
create or replace function reconciliation.balance_transaction_claim(
    p_holder text, p_lease_ms int, p_interval_s int, p_days int, p_keys text[] default null
)
    returns table (stripe_account text, from_s bigint, after text, pages int)
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select c.stripe_account, c.from_s, c.after, c.pages
    from stripe_events.bookmark_claim('balance_transactions', p_holder, p_lease_ms, case
        when exists (
            select from payouts.payout p where p.status = 'processing' and p.deferrals > 0)
            or exists (
            select from payments.refund_intent i where i.status = 'open' and i.deferrals > 0)
        then least(p_interval_s, 10) else p_interval_s end, p_days, p_keys) as c
$$;
grant execute on function reconciliation.balance_transaction_claim(text, int, int, int, text[])
    to purser_jobs;
