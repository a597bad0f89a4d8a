-- What is owed for an account: the validator's total less payouts that are neither failed nor
-- canceled, nor reversed and owed again; never negative.  Only a funded account earns.
-- Without a usable answer of the validator the last known total counts, if it
-- is not older than 24 h, and nothing is available.
--
-- Parameters: p_bucket as in payments.lifecycle_sync; p_total, p_weeks, p_problem as in
--   payouts.valuation_store; p_asked_ms of payouts.estimate_target, before the call
-- Returns: amount_usd, amount_cents, currency, available; reason why it is not (payouts.
--   estimate_reason); as_of (null = just now); formula_version, weekly_settlements, digest (null =
--   no valuation counts)
-- Raises: PU404; PU450 not proved
-- Locks: prop account, estimate
-- Tables written: payments.prop_account, payouts.estimate, payouts.valuation
create or replace function payouts.estimate_get(
    p_account text, p_bucket text, p_total text, p_weeks text, p_problem text, p_asked_ms bigint
) returns table (
    amount_usd text, amount_cents bigint, currency text, available boolean, reason text,
    as_of text, formula_version text, weekly_settlements text, digest text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_asked timestamptz := to_timestamp(p_asked_ms / 1000.0);
    v_funded boolean := payouts.funded_sync(p_account, p_bucket);
    v_estimate payouts.estimate := payouts.valuation_store(p_account, p_bucket, p_total, p_weeks,
        p_problem, v_asked);
    v_fresh boolean := coalesce(v_estimate.observed_at >= v_asked and v_estimate.problem is null
        and p_total is not null, false);
    v_known boolean := v_funded and coalesce(
        v_fresh or v_estimate.observed_at >= v_asked - interval '24 h', false);
    v_owed bigint := case when v_known
        then greatest(0, v_estimate.total_cents - v_estimate.committed_cents) else 0 end;
    v_reason text := payouts.estimate_reason(p_account, v_funded, v_known, v_fresh, v_owed);
begin
    perform core.outcome_check('payouts.estimate_get');
    return query
    select payouts.usd(v_owed), v_owed, 'usd', v_reason is null, v_reason,
        case when v_known and not v_fresh then
            to_char(v_estimate.observed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end,
        r.formula_version, r.weeks, r.digest
    from (values (1)) as one
    left join payouts.valuation r
        on v_known and r.id = v_estimate.valuation_id and r.tenant_id = v_estimate.tenant_id;
end
$$;
grant execute on function payouts.estimate_get(text, text, text, text, text, bigint)
    to purser_payouts;
