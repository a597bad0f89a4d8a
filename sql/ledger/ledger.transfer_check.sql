-- Deferred constraint trigger of ledger.transfer: at commit it has entries.  That they sum to zero,
-- so that there are two or more, ledger.entries_check has seen to.
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
    if not exists (
        select from ledger.entry e where e.tenant_id = new.tenant_id and e.transfer_id = new.id)
    then
        raise exception using errcode = 'PU900', message = 'ledger transfer without entries',
            detail = new.id;
    end if;
    return null;
end
$$;
