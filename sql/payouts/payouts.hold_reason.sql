-- What holds a payout: why no money may leave for it now, whoever asks.
--
-- A transfer whose row was lost may have paid what is asked for again, so it holds all payouts of
-- the user that its metadata names, or to whose Connect account it went.
--
-- Parameters: p_payout of the transaction's principal; of one that is not stored yet the account
-- Returns: null = nothing holds it
create or replace function payouts.hold_reason(p_payout payouts.payout) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_exception text := coalesce(
        core.exception_holds(p_payout.account_id, p_payout.id, (payouts.payee()).id),
        (select e.kind
        from core.exception e
        where e.tenant_id = current_setting('purser.tenant', true)
            and e.kind = 'transfer_without_row' and e.resolved_at is null
            and (e.detail #>> '{metadata,purser_user}' = current_setting('purser.principal', true)
                or e.detail ->> 'destination' in (
                    select a.stripe_account_id
                    from connect.account a
                    where a.tenant_id = current_setting('purser.tenant', true)
                        and a.user_id = current_setting('purser.principal', true)))
        limit 1));
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
