-- What holds a payout by the payee that its request fixed: the part of payouts.may_send about it.
-- A payee that is not its user's first, and one whose bank account changed, waits.  When money
-- leaves, what Stripe said of the payee long ago counts for nothing, for or against it; but one
-- that is gone is gone.
--
-- Parameters, returns: as payouts.may_send
create or replace function payouts.payee_hold(
    p_payout payouts.payout, p_leaves boolean, out code text, out reason text
)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payee connect.account;
    v_until timestamptz;
    v_age int := (select t.reading_max_age_s from core.tenant t where t.id = p_payout.tenant_id);
begin
    select * into v_payee
    from connect.account a
    where a.tenant_id = p_payout.tenant_id and a.id = p_payout.connect_account_id
        and a.user_id = p_payout.user_id and a.stripe_account_id = p_payout.destination;
    select t.payee_change_hold_hours * interval '1 h' + greatest(v_payee.bank_changed_at, (
        select v_payee.payable_since
        from connect.account o
        where o.tenant_id = v_payee.tenant_id and o.user_id = v_payee.user_id
            and o.payable_since < v_payee.payable_since
        limit 1)) into v_until
    from core.tenant t
    where t.id = p_payout.tenant_id;
    if p_leaves and v_payee.id is not null and v_payee.gone_at is null
        and (v_payee.checked_at between clock_timestamp() - v_age * interval '1 s'
            and clock_timestamp() + interval '1 min') is not true
    then
        code := 'reading';
        reason := format('Stripe has not confirmed the payee in the last %s s', v_age);
    elsif not connect.account_is_payable(v_payee) then
        code := 'payee';
        reason := 'finish onboarding first: the payee of this payout cannot receive payouts';
    elsif v_until > clock_timestamp() then
        code := 'payee_changed';
        reason := 'the payee or its bank account changed: the payout is on hold until '
            || to_char(v_until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
    end if;
end
$$;
grant execute on function payouts.payee_hold(payouts.payout, boolean) to purser_owner;
