-- The balance of an account of the transaction's tenant as of a time.
create or replace function ledger.balance_at(p_code text, p_asset text, p_at timestamptz)
    returns numeric
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce((
        select e.balance_after
        from ledger.account a
        join ledger.entry e on e.account_id = a.id
        join ledger.transfer t on t.id = e.transfer_id
        where a.tenant_id = current_setting('purser.tenant', true) and a.code = p_code
            and a.asset = p_asset
            and t.posted_at <= p_at
        order by e.version desc
        limit 1), 0)
$$;
