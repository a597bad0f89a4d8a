-- Whether an answer of the validator is one that an operator discarded.
create or replace function payouts.valuation_is_discarded(
    p_account text, p_total_cents bigint, p_weeks text
) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select
        from payouts.valuation r
        join payouts.discarded_valuation d on d.tenant_id = r.tenant_id and d.valuation_id = r.id
        where r.tenant_id = current_setting('purser.tenant', true) and r.account_id = p_account
            and r.total_cents = p_total_cents
            and r.digest = encode(sha256(convert_to(p_weeks, 'UTF8')), 'hex'))
$$;
