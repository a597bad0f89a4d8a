-- Whether Stripe says that a Connect account can receive payouts.
create or replace function connect.account_is_payable(p_account connect.account) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(p_account.status = 'active' and p_account.payouts_enabled
        and p_account.transfers_enabled, false)
$$;
grant execute on function connect.account_is_payable(connect.account) to purser_background;
