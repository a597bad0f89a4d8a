-- Stores the validator's answer (or that there was none) and locks the account's estimate
-- until the end of the transaction.
--
-- An answer whose weeks, by the formula, make less than its total is not stored, nor one
-- that an operator discarded; its problem is noted for the operator.  An answer equal to the
-- last one only moves observed_at.
--
-- Parameters: p_total_cents floored once, negative = nothing earned, null = no usable answer;
--   p_weeks the rows as ?explain=true prints them; p_asked when the validator was asked
-- Returns: the estimate as it is now; observed_at >= p_asked and no problem: the answer,
--   or a newer one, is in it
-- Locks: the account's estimate
-- Tables written: payouts.estimate, payouts.valuation
create or replace function payouts.valuation_store(
    p_account text, p_total_cents bigint, p_weeks text, p_asked timestamptz
) returns payouts.estimate
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_total bigint := case when p_total_cents is not null then greatest(p_total_cents, 0) end;
    v_estimate payouts.estimate;
    v_valuation text;
    v_problem text;
begin
    insert into payouts.estimate (account_id, tenant_id)
    values (p_account, v_tenant)
    on conflict (tenant_id, account_id) do nothing;
    select * into v_estimate
    from payouts.estimate e
    where e.account_id = p_account and e.tenant_id = v_tenant for no key update;
    if v_total is null or v_estimate.observed_at > p_asked then
        return v_estimate;
    end if;
    v_problem := case
        when v_total > floor(payouts.high_water(p_weeks::jsonb) * 100) + 1
            then format('total %s cents, its weeks make %s', v_total,
                payouts.high_water(p_weeks::jsonb) * 100)
        when payouts.valuation_is_discarded(p_account, v_total, p_weeks)
            then format('total %s cents, which an operator discarded', v_total) end;
    if v_problem is not null then
        update payouts.estimate e
        set problem = v_problem, updated_at = now()
        where e.account_id = p_account
        returning * into v_estimate;
        return v_estimate;
    end if;

    select r.id into v_valuation
    from payouts.valuation r
    where r.id = v_estimate.valuation_id and r.total_cents = v_total
        and r.digest = encode(sha256(convert_to(p_weeks, 'UTF8')), 'hex');
    if not found then
        v_valuation := core.new_id('val');
        insert into payouts.valuation (id, tenant_id, account_id, total_cents, formula_version,
            weeks, digest)
        values (v_valuation, v_tenant, p_account, v_total, 'hwm-1', p_weeks,
            encode(sha256(convert_to(p_weeks, 'UTF8')), 'hex'));
    end if;
    update payouts.estimate e
    set valuation_id = v_valuation, total_cents = v_total,
        highest_cents = greatest(e.highest_cents, v_total), observed_at = p_asked, problem = null,
        updated_at = now()
    where e.account_id = p_account
    returning * into v_estimate;
    return v_estimate;
end
$$;
