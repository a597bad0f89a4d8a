-- Opens a ledger account of the chart, or finds the one that another transaction opened.
--
-- Returns: as it is in the table
-- Raises: PU900 the chart has no such code or asset
-- Tables written: ledger.account
create or replace function ledger.account_open(
    p_tenant text, p_mode text, p_code text, p_owner text, p_asset text
) returns ledger.account
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account ledger.account;
begin
    insert into ledger.account (tenant_id, mode, code, owner, asset)
    select p_tenant, p_mode, c.code, p_owner, s.code
    from ledger.code c, ledger.asset s
    where c.code = p_code and s.code = p_asset
    on conflict (tenant_id, mode, code, owner, asset) do nothing;
    select * into v_account
    from ledger.account a
    where a.tenant_id = p_tenant and a.mode = p_mode and a.code = p_code and a.owner = p_owner
        and a.asset = p_asset;
    if not found then
        raise exception using errcode = 'PU900',
            message = 'the chart of accounts has no such code or asset',
            detail = format('%s %s', p_code, p_asset);
    end if;
    return v_account;
end
$$;
