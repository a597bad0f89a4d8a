-- Keeps an answer of the validator that is believed, unless it is the one that is known.
--
-- Parameters: p_estimate of the account, locked by the caller; p_total in cents, p_weeks as printed
-- Returns: the valuation's id
-- Tables written: payouts.valuation
create or replace function payouts.valuation_keep(
    p_estimate payouts.estimate, p_total bigint, p_weeks text
) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_digest text := encode(sha256(convert_to(p_weeks, 'UTF8')), 'hex');
    v_id text;
begin
    select r.id into v_id
    from payouts.valuation r
    where r.tenant_id = p_estimate.tenant_id and r.id = p_estimate.valuation_id
        and r.total_cents = p_total and r.digest = v_digest;
    if not found then
        v_id := core.new_id('val');
        insert into payouts.valuation (id, tenant_id, account_id, total_cents, formula_version,
            weeks, digest)
        values (v_id, p_estimate.tenant_id, p_estimate.account_id, p_total, 'hwm-1', p_weeks,
            v_digest);
    end if;
    return v_id;
end
$$;
