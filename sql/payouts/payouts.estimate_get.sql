-- What is owed for an account: the validator's total less payouts that are neither failed nor
-- canceled, nor reversed and owed again; never negative.  Only a funded account earns.
-- Without a usable answer of the validator the last known total counts, if it
-- is not older than 24 h, and nothing is available.
--
-- Parameters: p_bucket as in payments.lifecycle_sync; p_total_cents, p_weeks as in
--   payouts.valuation_store; p_asked_ms of payouts.estimate_target, before the call
-- Returns: amount_usd, amount_cents, currency, available; as_of (null = just now);
--   formula_version, weekly_settlements, digest (null = no valuation counts)
-- Raises: PU404
-- Locks: prop account, estimate
-- Tables written: payments.prop_account, payouts.estimate, payouts.valuation
create or replace function payouts.estimate_get(
    p_account text, p_bucket text, p_total_cents bigint, p_weeks text, p_asked_ms bigint
) returns table (
    amount_usd text, amount_cents bigint, currency text, available boolean, as_of text,
    formula_version text, weekly_settlements text, digest text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_asked timestamptz := to_timestamp(p_asked_ms / 1000.0);
    v_account payments.prop_account_v := payments.lifecycle_sync(p_account, p_bucket);
    v_estimate payouts.estimate := payouts.valuation_store(p_account, p_total_cents, p_weeks,
        v_asked);
    v_fresh boolean := v_estimate.observed_at >= v_asked and v_estimate.problem is null
        and p_total_cents is not null;
    v_known boolean := v_account.status = 'funded'
        and (coalesce(v_fresh, false)
            or coalesce(v_estimate.observed_at >= v_asked - interval '24 h', false));
    v_owed bigint := 0;
begin
    if v_known then
        v_owed := greatest(0, v_estimate.total_cents - v_estimate.committed_cents);
    end if;
    return query
    select to_char(v_owed / 100.0, 'FM999999999999990.00'), v_owed, 'usd',
        coalesce(v_known and v_fresh and (payouts.payee()).id is not null
            and v_owed >= (
                select greatest(1, t.payout_minimum_cents)
                from core.tenant t
                where t.id = current_setting('purser.tenant', true)), false),
        case when v_known and not coalesce(v_fresh, false) then
            to_char(v_estimate.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end,
        r.formula_version, r.weeks, r.digest
    from (values (1)) as one
    left join payouts.valuation r on v_known and r.id = v_estimate.valuation_id;
end
$$;
grant execute on function payouts.estimate_get(text, text, bigint, text, bigint) to purser_payouts;
