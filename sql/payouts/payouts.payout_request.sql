-- Takes everything that is owed for an account into one new payout, 'pending', for the payee that
-- can be paid now.  The estimate's row is locked from here to the commit, so of requests at the
-- same time one takes it and the others find nothing or this one.  What holds the payout
-- (payouts.may_send) is noted; it then stays pending.
--
-- Parameters: as payouts.estimate_get; p_amount_cents what the client expects, null =
--   whatever is owed
-- Returns: the payout as payouts.payout_v shows it
-- Raises: PU404; PU450 not proved; PU431 no subaccount yet; PU433 not funded, nothing, or less
--   than the minimum; PU434 an open payout; PU432 no Connect account that can be paid; PU436 the
--   validator gave no usable answer, or Stripe has not confirmed the payee; PU421 another amount
-- Locks: prop account, estimate
-- Tables written: payments.prop_account, payouts.*, ledger.*
create or replace function payouts.payout_request(
    p_account text, p_bucket text, p_total text, p_weeks text, p_problem text, p_asked_ms bigint,
    p_amount_cents bigint
) returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_funded boolean := payouts.funded_sync(p_account, p_bucket);
    v_asked timestamptz := to_timestamp(p_asked_ms / 1000.0);
    v_estimate payouts.estimate;
    v_payout payouts.payout;
    v_answer payouts.payout_v;
begin
    perform core.outcome_check('payouts.payout_request');
    if (select v.subaccount_uuid from payments.prop_account_v v where v.id = p_account) is null then
        raise exception using errcode = 'PU431', message = 'the account has no subaccount yet';
    elsif not v_funded then
        raise exception using errcode = 'PU433', message = 'only a funded account earns payouts';
    end if;

    v_estimate := payouts.valuation_store(p_account, p_bucket, p_total, p_weeks, p_problem,
        v_asked);
    v_payout := payouts.payout_new(p_account,
        v_estimate.total_cents - v_estimate.committed_cents);
    if exists (
        select from payouts.payout p
        where p.account_id = p_account and p.tenant_id = v_estimate.tenant_id
            and p.status in ('pending', 'processing'))
    then
        raise exception using errcode = 'PU434',
            message = 'another payout of this account is under way';
    elsif v_payout.connect_account_id is null then
        raise exception using errcode = 'PU432',
            message = 'finish onboarding first: no Connect account can receive payouts yet';
    elsif (p_total is not null and v_estimate.problem is null
        and v_estimate.observed_at >= v_asked) is not true
    then
        raise exception using errcode = 'PU436',
            message = 'what is owed cannot be confirmed now, try again';
    elsif (payouts.payee_hold(v_payout, true)).code = 'reading' then
        raise exception using errcode = 'PU436',
            message = 'the payee cannot be confirmed now, try again';
    end if;
    perform payouts.owed_check(v_payout, p_amount_cents);

    insert into payouts.payout (id, tenant_id, user_id, account_id, valuation_id, amount_cents,
        connect_account_id, destination, bank_name, last4, status, submit_requested_at, last_error)
    select core.new_id('po'), t.id, v_payout.user_id, p_account, v_estimate.valuation_id,
        v_payout.amount_cents, v_payout.connect_account_id, v_payout.destination,
        v_payout.bank_name, v_payout.last4, 'pending',
        case when t.payout_auto_submit then now() end, (payouts.may_send(v_payout, false)).reason
    from core.tenant t
    where t.id = v_payout.tenant_id
    returning id into v_answer.id;
    perform payouts.post_owed(v_answer.id, 1, v_payout.amount_cents);
    select * into v_answer from payouts.payout_v v where v.id = v_answer.id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_request(
    text, text, text, text, text, bigint, bigint
) to purser_payouts;
