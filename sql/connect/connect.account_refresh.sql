-- Applies Stripe's answers about the principal's accounts, got while they were listed or used.
--
-- Parameters, returns, locks, tables written: as connect.account_read
-- Raises: PU450 not proved
create or replace function connect.account_refresh(p_answers jsonb, p_asked_ms bigint) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform core.outcome_check('connect.account_refresh');
    return connect.account_read(p_answers, p_asked_ms);
end
$$;
grant execute on function connect.account_refresh(jsonb, bigint) to purser_connect;
