-- What holds a payout: why no money may leave for it now, whoever asks.
--
-- Parameters: p_payout of the transaction's principal; of one that is not stored yet the account
-- Returns: null = nothing holds it
create or replace function payouts.hold_reason(p_payout payouts.payout) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_exception text := core.exception_holds(p_payout.account_id, p_payout.id,
        (payouts.payee()).id);
begin
    if (select a.status
        from payments.prop_account a
        where a.id = p_payout.account_id and a.tenant_id = current_setting('purser.tenant', true))
        = 'suspended'
    then
        return 'the account is suspended, its payouts are on hold';
    elsif v_exception is not null then
        return 'the payout is on hold until an operator has resolved: ' || v_exception;
    end if;
    return null;
end
$$;
grant execute on function payouts.hold_reason(payouts.payout) to purser_background;
