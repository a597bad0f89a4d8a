-- Makes the row of a payout again that was lost, from its transfer, for a prop account.
--
-- Parameters: p_id of the payout, null = the transfer does not tell; p_amount_cents of the transfer
-- Returns: the payout, 'pending' and locked with its estimate
-- Raises: PU404 no such account; PU433 more than is left of what the account has earned; PU434 a
--   payout of the account is open
-- Locks: estimate, payout
-- Tables written: payouts.payout, payouts.estimate, ledger.*
create or replace function payouts.payout_restore(
    p_id text, p_account text, p_amount_cents bigint
) returns payouts.payout
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_estimate payouts.estimate;
    v_payout payouts.payout;
begin
    select * into v_estimate
    from payouts.estimate e
    where e.tenant_id = v_tenant and e.account_id = p_account and e.valuation_id is not null
    for no key update;
    if not found then
        raise exception using errcode = 'PU404',
            message = format('no account %L with a reading', p_account);
    elsif v_estimate.committed_cents + p_amount_cents > payouts.earned(v_estimate) then
        raise exception using errcode = 'PU433', message = format(
            'the account has earned %s cents, payouts have taken %s',
            payouts.earned(v_estimate), v_estimate.committed_cents);
    elsif exists (
        select from payouts.payout p
        where p.tenant_id = v_tenant and p.account_id = p_account
            and p.status in ('pending', 'processing'))
    then
        raise exception using errcode = 'PU434',
            message = 'a payout of this account is open: adopt the transfer for that one';
    end if;
    insert into payouts.payout (id, tenant_id, user_id, account_id, valuation_id, amount_cents,
        status)
    select coalesce(p_id, core.new_id('po')), v_tenant, a.user_id, a.id, v_estimate.valuation_id,
        p_amount_cents, 'pending'
    from payments.prop_account a
    where a.tenant_id = v_tenant and a.id = p_account
    returning * into v_payout;
    perform payouts.post_owed(v_payout.id, 1, p_amount_cents);
    return v_payout;
end
$$;
