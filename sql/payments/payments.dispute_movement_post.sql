-- Stores and posts one movement of a dispute's money: withdrawn, or reinstated.  Once, in its own
-- currency.  Its fee is posted with Stripe's balance transaction.
--
-- Parameters: p_dispute our row, locked through its payment; p_movement Stripe's balance
--   transaction
-- Tables written: payments.dispute_movement, ledger.*
create or replace function payments.dispute_movement_post(
    p_dispute payments.dispute, p_movement jsonb
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_movement payments.dispute_movement;
begin
    insert into payments.dispute_movement (tenant_id, id, dispute_id, amount, currency, type,
        created_at)
    values (p_dispute.tenant_id, p_movement ->> 'id', p_dispute.id,
        (p_movement ->> 'amount')::bigint, lower(p_movement ->> 'currency'), p_movement ->> 'type',
        to_timestamp((p_movement ->> 'created')::bigint))
    on conflict (tenant_id, id) do nothing
    returning * into v_movement;
    if not found then
        update payments.dispute_movement m
        set dispute_id = p_dispute.id
        where m.tenant_id = p_dispute.tenant_id and m.id = p_movement ->> 'id'
            and m.dispute_id is null;
        return;
    end if;
    perform ledger.post('dispute_funds', v_movement.id,
        array[ledger.stripe_leg('stripe:disputed', v_movement.currency, -v_movement.amount),
            ledger.stripe_leg('stripe:clearing', v_movement.currency, v_movement.amount)],
        v_movement.created_at, v_movement.id);
end
$$;
grant execute on function payments.dispute_movement_post(payments.dispute, jsonb)
    to purser_background;
