-- Deferred constraint trigger of ledger.transfer: at commit it has at least two entries, and they
-- sum to zero for each asset.
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
begin
    if (select count(*) from ledger.entry e
        where e.tenant_id = new.tenant_id and e.transfer_id = new.id) < 2
        or exists (
            select
            from ledger.entry e
            left join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
            where e.tenant_id = new.tenant_id and e.transfer_id = new.id
            group by a.asset
            having sum(e.amount) <> 0 or a.asset is null)
    then
        raise exception using errcode = 'PU900', message = 'ledger transfer does not sum to zero',
            detail = new.id;
    end if;
    return null;
end
$$;
