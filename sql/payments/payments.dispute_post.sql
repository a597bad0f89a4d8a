-- Posts a dispute's money: each of Stripe's movements once, then what is lost in each currency that
-- they are in.
--
-- Parameters: p_dispute our row, locked through its payment; p_movements Stripe's
--   balance_transactions
-- Tables written: payments.dispute_movement, payments.dispute_loss, ledger.*
create or replace function payments.dispute_post(p_dispute payments.dispute, p_movements jsonb)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform payments.dispute_movement_post(p_dispute, m)
    from jsonb_array_elements(p_movements) as m;
    perform payments.dispute_loss_post(p_dispute, c.currency)
    from (
        select distinct m.currency
        from payments.dispute_movement m
        where m.tenant_id = p_dispute.tenant_id and m.dispute_id = p_dispute.id) as c;
end
$$;
grant execute on function payments.dispute_post(payments.dispute, jsonb) to purser_background;
