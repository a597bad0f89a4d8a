-- Stripe made the account, or it was found there.  Called by the request and by
-- jobs, any number of times, with the same result.
--
-- Parameters: p_account the Stripe account; p_asked_ms Unix time of the call
-- Returns: connect.account_answer
-- Raises: PU404; PU450 not proved
-- Locks: the account
-- Tables written: connect.account
create or replace function connect.account_settle(p_id text, p_account jsonb, p_asked_ms bigint)
    returns setof connect.account_answer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform core.outcome_check('connect.account_settle');
    perform connect.account_lock(p_id);
    perform connect.account_apply(p_id, p_account, to_timestamp(p_asked_ms / 1000.0));
    return query select * from connect.account_answer v where v.account_id = p_id;
end
$$;
grant execute on function connect.account_settle(text, jsonb, bigint)
    to purser_connect, purser_jobs;
