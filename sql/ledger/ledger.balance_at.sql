-- The balance of a code over its owners, for the transaction's tenant, as of a time.  By p_by:
-- 'posted', what we knew then, which never changes; or 'effective', what had happened by then as
-- far as we know now.
--
-- Returns: debit positive, in the asset's smallest unit
-- Raises: PU900 as ledger.wait_until_final
create or replace function ledger.balance_at(
    p_code text, p_asset text, p_at timestamptz, p_by text default 'posted'
) returns numeric
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_balance numeric;
begin
    perform ledger.wait_until_final(p_at);
    select coalesce(sum(e.amount), 0) into v_balance
    from ledger.account a
    join ledger.entry e on e.tenant_id = a.tenant_id and e.account_id = a.id
    join ledger.transfer t on t.tenant_id = e.tenant_id and t.id = e.transfer_id
    where a.tenant_id = current_setting('purser.tenant', true) and a.code = p_code
        and a.asset = p_asset
        and case p_by when 'effective' then coalesce(t.effective_at, t.posted_at)
            else t.posted_at end <= p_at;
    return v_balance;
end
$$;
