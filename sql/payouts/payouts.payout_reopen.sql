-- failed -> pending with the next attempt, if it is still owed, nothing holds it and no
-- other payout of the account is open.
--
-- Parameters: p_payout with its estimate, both locked by the caller
-- Raises: PU434, PU435, PU433, PU437
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
    elsif not exists (
        select from payouts.estimate e
        where e.account_id = p_payout.account_id and e.tenant_id = p_payout.tenant_id
            and e.committed_cents + p_payout.amount_cents <= e.total_cents)
    then
        raise exception using errcode = 'PU433',
            message = 'this amount is no longer owed: request a new payout';
    end if;
    perform payouts.hold_check(p_payout);
    update payouts.payout p
    set status = 'pending', attempt = p.attempt + 1, connect_account_id = null, destination = null,
        sent_at = null, failure_code = null, failure_reason = null, attempts = 0,
        next_run_at = now(), last_error = null, updated_at = now()
    where p.id = p_payout.id and p.tenant_id = p_payout.tenant_id;
    perform payouts.post_owed(p_payout.id, p_payout.attempt + 1, p_payout.amount_cents);
end
$$;
grant execute on function payouts.payout_reopen(payouts.payout) to purser_background;
