-- The amount of a reversed payout is owed again: it is committed no longer, and a new payout can be
-- requested, whose cost is booked then.  So what came back was no cost.
--
-- Parameters: p_payout with its estimate, both locked by the caller, reversed
-- Tables written: payouts.payout, payouts.estimate, ledger.*
create or replace function payouts.payout_reowe(p_payout payouts.payout) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update payouts.payout p
    set reowed_at = now(), updated_at = now()
    where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id;
    perform ledger.post('trader_payout_reowed', p_payout.id,
        array[ledger.leg('recoveries:traders', p_payout.currency, p_payout.amount_cents),
            ledger.leg('costs:traders', p_payout.currency, -p_payout.amount_cents)],
        now(), p_payout.id);
end
$$;
grant execute on function payouts.payout_reowe(payouts.payout) to purser_background;
