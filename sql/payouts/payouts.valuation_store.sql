-- Stores the validator's answer (or that there was none) and locks the account's estimate
-- until the end of the transaction.
--
-- An answer that is not believed, or that an operator discarded, changes nothing; its problem is
-- noted for the operator.  An answer equal to the last one only moves observed_at.
--
-- Parameters: p_bucket evaluation, funded, eliminated; p_total as the validator wrote it, null = no
--   usable answer; p_weeks the rows as ?explain=true prints them; p_problem why an answer that came
--   is none, null when none came; p_asked when the validator was asked
-- Returns: the estimate as it is now; observed_at >= p_asked and no problem: the answer,
--   or a newer one, is in it
-- Locks: the account's estimate
-- Tables written: payouts.estimate, payouts.valuation
create or replace function payouts.valuation_store(
    p_account text, p_bucket text, p_total text, p_weeks text, p_problem text, p_asked timestamptz
) returns payouts.estimate
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_total bigint;
    v_estimate payouts.estimate;
    v_valuation text;
    v_problem text := p_problem;
begin
    insert into payouts.estimate (account_id, tenant_id)
    values (p_account, v_tenant)
    on conflict (tenant_id, account_id) do nothing;
    select * into v_estimate
    from payouts.estimate e
    where e.account_id = p_account and e.tenant_id = v_tenant for no key update;
    if p_total is null and p_problem is null or v_estimate.observed_at > p_asked then
        return v_estimate;
    end if;
    v_problem := coalesce(p_problem,
        payouts.valuation_problem(p_bucket, p_total, p_weeks::jsonb, p_asked));
    if v_problem is null then
        v_total := payouts.valuation_total(p_total, p_weeks::jsonb);
        if payouts.valuation_is_discarded(p_account, v_total, p_weeks) then
            v_problem := format('total %s cents, which an operator discarded', v_total);
        end if;
    end if;
    if v_problem is not null then
        update payouts.estimate e
        set problem = v_problem, updated_at = now()
        where e.account_id = p_account and e.tenant_id = v_tenant
        returning * into v_estimate;
        return v_estimate;
    end if;

    v_valuation := payouts.valuation_keep(v_estimate, v_total, p_weeks);
    update payouts.estimate e
    set valuation_id = v_valuation, total_cents = v_total, bucket = p_bucket,
        observed_at = p_asked, problem = null, updated_at = now()
    where e.account_id = p_account and e.tenant_id = v_tenant
    returning * into v_estimate;
    return v_estimate;
end
$$;
