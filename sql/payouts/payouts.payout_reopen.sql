-- failed -> pending with the next attempt, if nothing holds it (payouts.may_send) and no
-- other payout of the account is open.
--
-- Parameters: p_payout with its estimate, both locked by the caller
-- Raises: PU434, PU435; PU432, PU433, PU437 as payouts.hold_check
-- Tables written: payouts.payout, payouts.estimate, ledger.*
create or replace function payouts.payout_reopen(p_payout payouts.payout) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_payout.status in ('paid', 'reversed', 'canceled') then
        raise exception using errcode = 'PU435', message = 'the payout is ' || p_payout.status;
    elsif p_payout.status <> 'failed' or exists (
        select from payouts.payout o
        where o.account_id = p_payout.account_id and o.tenant_id = p_payout.tenant_id
            and o.status in ('pending', 'processing'))
    then
        raise exception using errcode = 'PU434', message = 'a payout of this account is under way';
    end if;
    -- The releases that a large amount needs are asked for once it is pending.
    perform payouts.hold_check(p_payout, 'second_person');
    update payouts.payout p
    set status = 'pending', attempt = p.attempt + 1, owed_count = p.owed_count + 1, sends = 0,
        deferrals = 0, woken_at = null, sent_at = null, failure_code = null,
        failure_reason = null, attempts = 0, next_run_at = now(), hold_code = null,
        last_error = null, updated_at = now()
    where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id;
    perform payouts.post_owed(p_payout.id, p_payout.owed_count + 1, p_payout.amount_cents);
end
$$;
grant execute on function payouts.payout_reopen(payouts.payout) to purser_background;
