-- A payout of the principal's as a request would make it now, not stored: with the payee that it
-- would go to, whose columns are null when there is none.
create or replace function payouts.payout_new(p_account text, p_amount_cents bigint)
    returns payouts.payout
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payee connect.account := payouts.payee();
    v_payout payouts.payout;
begin
    v_payout.tenant_id := current_setting('purser.tenant', true);
    v_payout.user_id := current_setting('purser.principal', true);
    v_payout.account_id := p_account;
    v_payout.amount_cents := p_amount_cents;
    v_payout.connect_account_id := v_payee.id;
    v_payout.destination := v_payee.stripe_account_id;
    v_payout.bank_name := v_payee.bank_name;
    v_payout.last4 := v_payee.last4;
    return v_payout;
end
$$;
