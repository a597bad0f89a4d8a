-- Stripe did not answer the caller: the account stays 'creating', its lease ends and
-- purser-jobs calls Stripe again after p_delay_ms.  One that was leased again since stays as it is.
--
-- Parameters: p_lease_no of the call's lease
-- Returns: the account's status
-- Raises: PU404
-- Locks: the account
-- Tables written: connect.account
create or replace function connect.account_unknown(
    p_id text, p_lease_no int, p_error text, p_delay_ms int
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account connect.account := connect.account_lock(p_id);
begin
    if v_account.status = 'creating' and v_account.lease_no = p_lease_no then
        update connect.account a
        set lease_holder = null, lease_until = null, last_error = p_error,
            next_run_at = now() + p_delay_ms * interval '1 ms', updated_at = now()
        where a.id = p_id
        returning * into v_account;
    end if;
    return v_account.status;
end
$$;
grant execute on function connect.account_unknown(text, int, text, int)
    to purser_connect, purser_jobs;
