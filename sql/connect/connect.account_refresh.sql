-- Applies Stripe's answers about the principal's accounts, read while they were listed.
--
-- Parameters: p_accounts array of Stripe accounts; p_asked_ms Unix time of the calls
-- Returns: how many were applied (an older reading is not)
-- Raises: PU450 not proved
-- Locks: the accounts in order of their id
-- Tables written: connect.account, webhooks.outbox
create or replace function connect.account_refresh(p_accounts jsonb, p_asked_ms bigint) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform core.outcome_check('connect.account_refresh');
    return (
        select count(*) filter (
            where connect.account_apply(h.id, h.account, to_timestamp(p_asked_ms / 1000.0)))::int
        from (
            select a.id, s.account
            from jsonb_array_elements(p_accounts) as s (account)
            join connect.account a on a.stripe_account_id = s.account ->> 'id'
            where a.tenant_id = current_setting('purser.tenant', true)
                and a.user_id = current_setting('purser.principal', true)
            order by a.id) as h);
end
$$;
grant execute on function connect.account_refresh(jsonb, bigint) to purser_connect;
