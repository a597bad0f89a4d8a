-- Posts a dispute's money: each of Stripe's balance transactions once.  Their fees are posted with
-- the balance transactions themselves.  When the dispute is lost the money still withdrawn moves
-- from stripe:disputed to losses:disputes, and back when an appeal reopens it.
--
-- Parameters: p_dispute our row, locked through its payment; p_movements Stripe's
--   balance_transactions
-- Tables written: payments.dispute, ledger.*
create or replace function payments.dispute_post(p_dispute payments.dispute, p_movements jsonb)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_move jsonb;
    v_asset text;
    v_out bigint := 0;
    v_loss bigint;
begin
    v_asset := p_dispute.currency;
    for v_move in select m from jsonb_array_elements(p_movements) as m order by m ->> 'id' loop
        v_asset := lower(coalesce(v_move ->> 'currency', p_dispute.currency));
        perform ledger.post('dispute_funds', v_move ->> 'id',
            array[ledger.stripe_leg('stripe:disputed', v_asset, -(v_move ->> 'amount')::bigint),
                ledger.stripe_leg('stripe:clearing', v_asset, (v_move ->> 'amount')::bigint)],
            to_timestamp((v_move ->> 'created')::bigint), v_move ->> 'id');
        v_out := v_out - (v_move ->> 'amount')::bigint;
    end loop;

    -- all movements of a dispute are in the platform's settlement currency
    v_loss := case p_dispute.status when 'lost' then v_out else 0 end - p_dispute.lost_cents;
    if v_loss <> 0 then
        perform ledger.post('dispute_lost',
            p_dispute.id
                || case p_dispute.lost_posts when 0 then '' else ':' || p_dispute.lost_posts end,
            array[ledger.leg('losses:disputes', v_asset, v_loss),
                ledger.stripe_leg('stripe:disputed', v_asset, -v_loss)],
            now(), p_dispute.id);
        update payments.dispute d
        set lost_cents = d.lost_cents + v_loss, lost_posts = d.lost_posts + 1
        where d.id = p_dispute.id and d.tenant_id = p_dispute.tenant_id;
    end if;
end
$$;
grant execute on function payments.dispute_post(payments.dispute, jsonb) to purser_background;
