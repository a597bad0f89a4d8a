-- Trigger of ledger.entry, after each statement: the transfers of the new entries are there, and
-- with the new entries they sum to zero for each asset.  So entries without a transfer, and entries
-- that are added to one later, are refused as well.
--
-- It belongs to purser_background: see ledger.transfer_check.
--
-- Raises: PU900
create or replace function ledger.entries_check() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_wrong text;
begin
    select n.transfer_id into v_wrong
    from (select distinct i.tenant_id, i.transfer_id from entries i) as n
    where not exists (
        select from ledger.transfer t where t.tenant_id = n.tenant_id and t.id = n.transfer_id)
    limit 1;
    if found then
        raise exception using errcode = 'PU900', message = 'ledger entry without transfer',
            detail = v_wrong;
    end if;
    select n.transfer_id into v_wrong
    from (select distinct i.tenant_id, i.transfer_id from entries i) as n
    join ledger.entry e on e.tenant_id = n.tenant_id and e.transfer_id = n.transfer_id
    left join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
    group by n.transfer_id, a.asset
    having sum(e.amount) <> 0 or a.asset is null
    limit 1;
    if found then
        raise exception using errcode = 'PU900', message = 'ledger transfer does not sum to zero',
            detail = v_wrong;
    end if;
    return null;
end
$$;
