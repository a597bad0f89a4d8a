-- Locks a Connect account of the transaction's tenant.
--
-- Raises: PU404
-- Locks: the account
create or replace function connect.account_lock(p_id text) returns connect.account
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account connect.account;
begin
    select * into v_account
    from connect.account a
    where a.id = p_id and a.tenant_id = current_setting('purser.tenant', true) for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_account;
end
$$;
