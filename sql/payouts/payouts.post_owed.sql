-- Posts that a payout's amount is owed, for the p_count-th time; p_owed false: no longer.
--
-- Tables written: ledger.*
create or replace function payouts.post_owed(
    p_id text, p_count int, p_cents bigint, p_owed boolean default true
) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    select ledger.post(case when p_owed then 'trader_payout_owed' else 'trader_payout_released' end,
        format('%s:%s', p_id, p_count),
        array[ledger.leg('costs:traders', 'usd', case when p_owed then p_cents else -p_cents end),
            ledger.leg('payables:traders', 'usd', case when p_owed then -p_cents else p_cents end)],
        now(), p_id)
$$;
grant execute on function payouts.post_owed(text, int, bigint, boolean) to purser_background;
