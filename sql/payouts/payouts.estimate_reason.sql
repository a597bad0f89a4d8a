-- Why nothing of an estimate is available: the first that fits.
--
-- Parameters: p_funded the account is; p_known what is owed is known; p_fresh by an answer of just
--   now; p_owed in cents
-- Returns: null = all of it is available; not_funded, nothing_owed, below_minimum, no_payee,
--   validator_unavailable, on_hold (payouts.may_send)
create or replace function payouts.estimate_reason(
    p_account text, p_funded boolean, p_known boolean, p_fresh boolean, p_owed bigint
) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout := payouts.payout_new(p_account, p_owed);
begin
    return case
        when not p_funded then 'not_funded'
        when p_known and p_owed = 0 then 'nothing_owed'
        when p_known and p_owed < (
            select t.payout_minimum_cents from core.tenant t where t.id = v_payout.tenant_id)
            then 'below_minimum'
        when v_payout.connect_account_id is null then 'no_payee'
        when not p_fresh then 'validator_unavailable'
        when (payouts.may_send(v_payout, false)).code is not null then 'on_hold'
    end;
end
$$;
