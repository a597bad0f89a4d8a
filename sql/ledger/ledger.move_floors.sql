-- Moves the kept balances of those accounts that have a floor.  The row of the account is the lock
-- that makes two transfers wait that together would take more than there is.
--
-- Parameters: p_ids each account once, p_amounts
-- Raises: PU440 the balance on the account's normal side would fall below its floor
-- Locks: the accounts, in the order of their numbers
-- Tables written: ledger.account
create or replace function ledger.move_floors(p_tenant text, p_ids bigint[], p_amounts numeric[])
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_short text;
begin
    perform
    from ledger.account a
    where a.tenant_id = p_tenant and a.id = any (p_ids) and a.floor is not null
    order by a.id
    for no key update;
    with moved as (
        update ledger.account a
        set balance = a.balance + l.amount
        from unnest(p_ids, p_amounts) as l(id, amount)
        where a.tenant_id = p_tenant and a.id = l.id and a.floor is not null
        returning a.code, a.balance, a.floor
    )
    select m.code into v_short
    from moved m
    join ledger.code c on c.code = m.code
    where case c.normal_side when 'credit' then -m.balance else m.balance end < m.floor
    limit 1;
    if found then
        raise exception using errcode = 'PU440', message = 'the balance does not suffice',
            detail = v_short;
    end if;
end
$$;
