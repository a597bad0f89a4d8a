-- Makes and locks ledger accounts of an asset in order of their code.  A function that
-- posts more than one transfer in a transaction locks all their accounts by one call
-- before (assets in order too): each transfer alone locks its two accounts in order, but
-- two transfers one after the other do not, and could deadlock.
--
-- Missing accounts are made before anything is locked: locking what exists and
-- then what was missing would take a later code before an earlier one.
--
-- Locks: the accounts
-- Tables written: ledger.account
create or replace function ledger.lock(p_asset text, p_codes text[]) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
begin
    while (
        select count(*) from ledger.account a
        where a.tenant_id = v_tenant and a.asset = p_asset and a.code = any (p_codes))
        < cardinality(p_codes)
    loop
        insert into ledger.account (tenant_id, code, asset)
        select v_tenant, c, p_asset from unnest(p_codes) as c order by c collate "C"
        on conflict (tenant_id, code, asset) do nothing;
    end loop;
    perform
    from ledger.account a
    where a.tenant_id = v_tenant and a.asset = p_asset and a.code = any (p_codes)
    order by a.code
    for no key update;
end
$$;
