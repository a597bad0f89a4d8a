-- Trigger of ledger.entry, after each statement: its entries have a transfer and an account, and
-- sum to zero for each transfer and asset.  So every transfer sums to zero after each statement:
-- only the new entries are summed, since entries are never changed or deleted.
--
-- It belongs to purser_background: under the policy of another tenant than the entries' the rows
-- that it looks up would be invisible.
--
-- Raises: PU900
create or replace function ledger.entries_check() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_wrong text;
    v_transfer text;
begin
    select n.transfer_id, t.id into v_wrong, v_transfer
    from (
        select i.tenant_id, i.transfer_id, a.asset, sum(i.amount) as amount
        from entries i
        left join ledger.account a on a.tenant_id = i.tenant_id and a.id = i.account_id
        group by i.tenant_id, i.transfer_id, a.asset) as n
    left join ledger.transfer t on t.tenant_id = n.tenant_id and t.id = n.transfer_id
    where n.amount <> 0 or n.asset is null or t.id is null
    limit 1;
    if found then
        raise exception using errcode = 'PU900', detail = v_wrong,
            message = case when v_transfer is null then 'ledger entry without transfer'
                else 'ledger transfer does not sum to zero' end;
    end if;
    return null;
end
$$;
