-- What we call the state of a Stripe account.
create or replace function connect.account_status(p_account jsonb) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when p_account #>> '{requirements,disabled_reason}' like 'rejected.%'
            or p_account #>> '{requirements,disabled_reason}' in ('listed', 'platform_paused')
            then 'disabled'
        when (p_account -> 'details_submitted') is distinct from 'true'::jsonb then 'pending'
        when p_account -> 'payouts_enabled' = 'true'::jsonb
            and (p_account #>> '{capabilities,card_payments}' is null
                or p_account -> 'charges_enabled' = 'true'::jsonb)
            then 'active'
        else 'restricted'
    end
$$;
