-- Money came in at Stripe: payouts that were refused for now are tried again.  One that is being
-- asked for at this moment learns of it when it is refused.
--
-- Parameters: p_account of Stripe; p_at when the money is available
-- Locks: the payouts, in order of their ids
-- Tables written: payouts.payout
create or replace function payouts.payout_wake(
    p_account text, p_currency text, p_at timestamptz
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update payouts.payout p
    set woken_at = greatest(p_at, clock_timestamp()),
        next_run_at = case when p.lease_holder is null then least(p.next_run_at, p_at)
            else p.next_run_at end
    where p.id in (
        select d.id
        from payouts.payout d
        where d.status = 'processing' and d.deferrals > 0 and d.currency = p_currency
            and core.stripe_account_of(d.tenant_id) = p_account
        order by d.id
        for no key update)
$$;
