-- What the transfer of a kind and source posted on a code, for the transaction's tenant.
--
-- Returns: amount (debit positive), asset and effective_at; all null = nothing
create or replace function ledger.posted(
    p_kind text, p_source text, p_code text,
    out amount numeric, out asset text, out effective_at timestamptz
)
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select e.amount, a.asset::text, t.effective_at
    from ledger.transfer t
    join ledger.entry e on e.tenant_id = t.tenant_id and e.transfer_id = t.id
    join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
    where t.tenant_id = current_setting('purser.tenant', true) and t.kind = p_kind
        and t.source = p_source and a.code = p_code
    limit 1
$$;
