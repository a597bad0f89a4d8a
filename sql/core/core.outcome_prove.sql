-- Lets this transaction record the outcome of a call of Stripe or the validator: the caller
-- proves that it has the key of Stripe.  The proof is put into a setting as a code by the key of
-- the database, which counts for this function, transaction, tenant and principal; a caller
-- cannot make one.  Without a valid code nothing is set, and core.outcome_check refuses.
--
-- Parameters: p_function the one that records; p_mac core.outcome_mac by the key of the programs
create or replace function core.outcome_prove(p_function text, p_mac bytea) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if core.outcome_mac('programs', p_function, null) = p_mac then
        perform set_config('purser.outcome', encode(core.outcome_mac('database', p_function,
            pg_current_xact_id()::text), 'hex'), true);
    end if;
end
$$;
grant execute on function core.outcome_prove(text, bytea)
    to purser_payments, purser_connect, purser_payouts;
