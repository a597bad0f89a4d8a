-- Posts that a payout's amount is owed, once for each of its attempts; p_owed false: that it no
-- longer is.
--
-- Tables written: ledger.*
create or replace function payouts.post_owed(
    p_id text, p_attempt int, p_cents bigint, p_owed boolean default true
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select ledger.post(case when p_owed then 'trader_payout_owed' else 'trader_payout_released' end,
        format('%s:%s', p_id, p_attempt),
        array[ledger.leg('costs:traders', 'usd', case when p_owed then p_cents else -p_cents end),
            ledger.leg('payables:traders', 'usd', case when p_owed then -p_cents else p_cents end)],
        now(), p_id)
$$;
grant execute on function payouts.post_owed(text, int, bigint, boolean) to purser_background;
