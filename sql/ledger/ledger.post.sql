-- Double-entry bookkeeping: posts one transfer of two entries, p_plus + p_amount and
-- p_minus - p_amount (debit positive; a negative amount swaps the two).  A source is posted once
-- for each kind.
--
-- posted_at is taken after the locks, so it rises with each account's version.
--
-- Parameters: p_amount in the asset's smallest unit
-- Returns: false when it was posted before or the amount is zero
-- Locks: both ledger accounts (ledger.lock; see there for several transfers in one transaction)
-- Tables written: ledger.account, ledger.transfer, ledger.entry
create or replace function ledger.post(
    p_kind text, p_source text, p_asset text, p_plus text, p_minus text, p_amount bigint
) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_transfer text := core.new_id('ltr');
begin
    if p_amount = 0 or exists (
        select from ledger.transfer t
        where t.tenant_id = v_tenant and t.kind = p_kind and t.source = p_source)
    then
        return false;
    end if;

    perform ledger.lock(p_asset, array[p_plus, p_minus]);
    insert into ledger.transfer (id, tenant_id, kind, source, posted_at)
    values (v_transfer, v_tenant, p_kind, p_source, clock_timestamp())
    on conflict (tenant_id, kind, source) do nothing;
    if not found then
        return false;
    end if;

    with moved as (
        update ledger.account a
        set balance = a.balance + case a.code when p_plus then p_amount else -p_amount end,
            version = a.version + 1
        where a.tenant_id = v_tenant and a.asset = p_asset and a.code in (p_plus, p_minus)
        returning a.id, a.code, a.balance, a.version
    )
    insert into ledger.entry (tenant_id, transfer_id, account_id, amount, balance_after, version)
    select v_tenant, v_transfer, m.id, case m.code when p_plus then p_amount else -p_amount end,
        m.balance, m.version
    from moved m;
    return true;
end
$$;
