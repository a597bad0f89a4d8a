-- The legs by which a balance transaction is booked: stripe:balance moves by its net, fees:stripe
-- by its fee, and the account that booked_as names by its amount.
--
-- After an exchange the amount of the source, in its currency, leaves stripe:clearing, and
-- fx:stripe has both sides.  The fee of a dispute that was booked before migration 0030 was posted
-- against what is stripe:clearing now.
--
-- Parameters: p_row the balance transaction, of the tenant in purser.tenant; p_amount and
--   p_currency of the source
create or replace function reconciliation.legs(
    p_row reconciliation.balance_transaction, p_amount numeric, p_currency text
) returns ledger.leg[]
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account text := p_row.stripe_account;
    v_asset text := p_row.currency;
    v_code text := case p_row.booked_as when 'fee' then 'fees:stripe' when 'bank' then 'bank:stripe'
        when 'suspense' then 'suspense:stripe' else 'stripe:' || p_row.booked_as end;
    v_owner text := case when p_row.booked_as in ('fee', 'suspense') then '' else v_account end;
    v_fee_code text := 'fees:stripe';
    v_fee_owner text := '';
begin
    if p_row.fee <> 0 and exists (
        select from ledger.transfer t
        where t.tenant_id = p_row.tenant_id and t.kind = 'dispute_fee' and t.source = p_row.id)
    then
        v_fee_code := 'stripe:clearing';
        v_fee_owner := v_account;
    end if;
    return array[
        ledger.leg('stripe:balance', v_asset, p_row.net, v_account),
        ledger.leg(v_fee_code, v_asset, p_row.fee, v_fee_owner)]
        || case
            when p_row.booked_as = 'clearing' and p_currency <> v_asset then array[
                ledger.leg(v_code, p_currency, -p_amount, v_owner),
                ledger.leg('fx:stripe', p_currency, p_amount),
                ledger.leg('fx:stripe', v_asset, -p_row.amount)]
            else array[ledger.leg(v_code, v_asset, -p_row.amount, v_owner)] end;
end
$$;
