-- What holds a payout until a case is closed: the part of payouts.may_send about exceptions and
-- inquiries, a bank's questions about the payment of the account.
--
-- A transfer whose row was lost may have paid what is asked for again, so it holds all payouts of
-- the user that its metadata names, or to whose Connect account it went.
--
-- Parameters, returns: as payouts.may_send
create or replace function payouts.case_hold(
    p_payout payouts.payout, out code text, out reason text
)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_exception text := coalesce(
        core.exception_holds(p_payout.tenant_id, p_payout.account_id, p_payout.id,
            p_payout.connect_account_id),
        (select e.kind
        from core.exception e
        where e.tenant_id = p_payout.tenant_id
            and e.kind = 'transfer_without_row' and e.resolved_at is null
            and (e.detail #>> '{metadata,purser_user}' = p_payout.user_id
                or e.detail ->> 'destination' in (
                    select a.stripe_account_id
                    from connect.account a
                    where a.tenant_id = p_payout.tenant_id and a.user_id = p_payout.user_id))
        limit 1));
begin
    if v_exception is not null then
        code := 'exception';
        reason := 'the payout is on hold until an operator has resolved: ' || v_exception;
    elsif exists (
        select
        from payments.prop_account a
        join payments.dispute d on d.tenant_id = a.tenant_id and d.payment_id = a.payment_id
        where a.tenant_id = p_payout.tenant_id and a.id = p_payout.account_id
            and payments.dispute_is_inquiry(d.stripe_status)
            and d.stripe_status <> 'warning_closed')
    then
        code := 'inquiry';
        reason := 'the payout is on hold until the inquiry about the account''s payment is closed';
    end if;
end
$$;
