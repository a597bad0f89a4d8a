-- What a balance transaction is matched by: Stripe's id of the object whose posting against
-- stripe:clearing it ends, and what was posted there.
--
-- A sale is matched by its PaymentIntent, a refund by its own id, a transfer and its reversals by
-- the transfer, a dispute's movement by the balance transaction.
--
-- Parameters: p_bt Stripe's balance transaction, its source as an object
-- Returns: object_id, null when the source is none of these; intent_id, the PaymentIntent behind
--   it; amount and currency of the source, which differ from those of p_bt after an exchange
create or replace function reconciliation.movement_of(
    p_bt jsonb, out object_id text, out intent_id text, out amount numeric, out currency text
)
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_source jsonb := case jsonb_typeof(p_bt -> 'source') when 'object' then p_bt -> 'source' end;
    v_kind text := v_source ->> 'object';
begin
    amount := (p_bt ->> 'amount')::numeric;
    currency := lower(p_bt ->> 'currency');
    intent_id := case jsonb_typeof(v_source -> 'payment_intent')
        when 'object' then v_source -> 'payment_intent' ->> 'id'
        else v_source ->> 'payment_intent' end;
    object_id := case
        when v_kind = 'charge' then intent_id
        when v_kind in ('refund', 'transfer') then v_source ->> 'id'
        when v_kind = 'transfer_reversal' then case jsonb_typeof(v_source -> 'transfer')
            when 'object' then v_source -> 'transfer' ->> 'id'
            else v_source ->> 'transfer' end
        when v_kind = 'dispute' then p_bt ->> 'id' end;
    if v_kind in ('charge', 'refund') and lower(v_source ->> 'currency') <> currency then
        amount := sign(amount) * (v_source ->> 'amount')::numeric;
        currency := lower(v_source ->> 'currency');
    end if;
end
$$;
