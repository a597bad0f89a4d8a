-- Takes everything that is owed for an account into one new payout, 'pending'.
-- The estimate's row is locked from here to the commit, so of requests at the
-- same time one takes it and the others find nothing or this one.  What holds payouts of
-- the account (payouts.hold_reason) is noted; the payout then stays pending.
--
-- Parameters: as payouts.estimate_get; p_amount_cents what the client expects, null =
--   whatever is owed
-- Returns: the payout as payouts.payout_v shows it
-- Raises: PU404; PU431 no subaccount yet; PU432 suspended, or no Connect account that can
--   be paid; PU436 the validator gave no usable answer; PU434 an open payout; PU433
--   nothing, or less than the minimum; PU421 another amount
-- Locks: prop account, estimate
-- Tables written: payments.prop_account, payouts.*, ledger.*
create or replace function payouts.payout_request(
    p_account text, p_bucket text, p_total_cents bigint, p_weeks text, p_asked_ms bigint,
    p_amount_cents bigint
) returns payouts.payout_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant core.tenant;
    v_account payments.prop_account_v := payments.lifecycle_sync(p_account, p_bucket);
    v_estimate payouts.estimate;
    v_owed bigint;
    v_payout payouts.payout;
    v_answer payouts.payout_v;
begin
    select * into v_tenant from core.tenant t where t.id = current_setting('purser.tenant', true);
    if v_account.status = 'suspended' then
        raise exception using errcode = 'PU432',
            message = 'the account is suspended, its payouts are on hold';
    elsif v_account.subaccount_uuid is null then
        raise exception using errcode = 'PU431', message = 'the account has no subaccount yet';
    elsif v_account.status <> 'funded' then
        raise exception using errcode = 'PU433', message = 'only a funded account earns payouts';
    end if;

    v_estimate := payouts.valuation_store(p_account, p_total_cents, p_weeks,
        to_timestamp(p_asked_ms / 1000.0));
    if exists (
        select from payouts.payout p
        where p.account_id = p_account and p.tenant_id = v_tenant.id
            and p.status in ('pending', 'processing'))
    then
        raise exception using errcode = 'PU434',
            message = 'another payout of this account is under way';
    elsif (payouts.payee()).id is null then
        raise exception using errcode = 'PU432',
            message = 'finish onboarding first: no Connect account can receive payouts yet';
    elsif p_total_cents is null or v_estimate.problem is not null then
        raise exception using errcode = 'PU436',
            message = 'what is owed cannot be confirmed now, try again';
    end if;
    v_owed := least(v_estimate.total_cents, greatest(p_total_cents, 0))
        - v_estimate.committed_cents;
    if v_owed <= 0 then
        raise exception using errcode = 'PU433', message = 'nothing is owed';
    elsif v_owed < v_tenant.payout_minimum_cents then
        raise exception using errcode = 'PU433',
            message = format('less than the minimum of %s USD is owed',
                to_char(v_tenant.payout_minimum_cents / 100.0, 'FM999999999999990.00'));
    elsif p_amount_cents <> v_owed then
        raise exception using errcode = 'PU421', message = 'the amount differs from what is owed',
            column = 'amount_cents';
    end if;

    v_payout.account_id := p_account;
    insert into payouts.payout (id, tenant_id, user_id, account_id, valuation_id, amount_cents,
        status, submit_requested_at, last_error)
    values (core.new_id('po'), v_tenant.id, v_account.user_id, p_account, v_estimate.valuation_id,
        v_owed, 'pending', case when v_tenant.payout_auto_submit then now() end,
        payouts.hold_reason(v_payout))
    returning id into v_answer.id;
    perform payouts.post_owed(v_answer.id, 1, v_owed);
    select * into v_answer from payouts.payout_v v where v.id = v_answer.id;
    return v_answer;
end
$$;
grant execute on function payouts.payout_request(
    text, text, bigint, text, bigint, bigint
) to purser_payouts;
