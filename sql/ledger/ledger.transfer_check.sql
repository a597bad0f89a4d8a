-- Deferred constraint trigger of ledger.entry and ledger.transfer: at commit
-- the entry's transfer exists in the same tenant, has at least two entries and
-- they sum to zero for each asset.
--
-- It belongs to purser_background because a deferred trigger runs with the
-- settings at commit: under another tenant's policy the rows would be
-- invisible and the check would pass on nothing.
--
-- Raises: PU900
create or replace function ledger.transfer_check() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_transfer text collate "C";
    v_tenant text collate "C" := new.tenant_id;
begin
    if TG_TABLE_NAME = 'transfer' then
        v_transfer := new.id;
    else
        v_transfer := new.transfer_id;
    end if;
    if not exists (
        select from ledger.transfer t where t.id = v_transfer and t.tenant_id = v_tenant)
    then
        raise exception using errcode = 'PU900', message = 'ledger entry without transfer',
            detail = v_transfer;
    end if;
    if (select count(*) from ledger.entry e where e.transfer_id = v_transfer) < 2
        or exists (
            select
            from ledger.entry e
            join ledger.account a on a.id = e.account_id
            where e.transfer_id = v_transfer
            group by a.asset
            having sum(e.amount) <> 0
                or bool_or(e.tenant_id <> v_tenant or a.tenant_id <> v_tenant))
    then
        raise exception using errcode = 'PU900', message = 'ledger transfer does not sum to zero',
            detail = v_transfer;
    end if;
    return null;
end
$$;
