-- Stripe refused to make the account (or, with code 'abandoned', the call never reached
-- Stripe): creating -> failed.  A row that is no longer 'creating', or was leased again
-- since, stays as it is.
--
-- Parameters: p_lease_no of the answer's lease
-- Returns: the account's status
-- Raises: PU404
-- Locks: the account
-- Tables written: connect.account
create or replace function connect.account_refuse(
    p_id text, p_lease_no int, p_code text, p_message text
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account connect.account := connect.account_lock(p_id);
begin
    if v_account.status = 'creating' and v_account.lease_no = p_lease_no then
        update connect.account a
        set status = 'failed', onboarding = false, failure_code = p_code,
            failure_message = p_message, lease_holder = null, lease_until = null,
            last_error = null, updated_at = now()
        where a.id = p_id
        returning * into v_account;
    end if;
    return v_account.status;
end
$$;
grant execute on function connect.account_refuse(text, int, text, text)
    to purser_connect, purser_jobs;
