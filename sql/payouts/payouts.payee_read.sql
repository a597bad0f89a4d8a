-- Stores what Stripe said of the payee that a request of the principal would go to, whatever
-- becomes of the request: its transaction is another one.
--
-- Parameters, returns, locks, tables written: as connect.account_read
-- Raises: PU450 not proved
create or replace function payouts.payee_read(p_payees jsonb, p_asked_ms bigint) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform core.outcome_check('payouts.payee_read');
    return connect.account_read(p_payees, p_asked_ms);
end
$$;
grant execute on function payouts.payee_read(jsonb, bigint) to purser_payouts;
