-- The bank account that payouts of a Stripe account go to: the default of its
-- currency, else the first one; null without any.
create or replace function connect.account_bank(p_account jsonb) returns jsonb
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select b.value
    from connect.external_accounts(p_account) as b
    where b.value ->> 'object' = 'bank_account'
    order by b.value -> 'default_for_currency' = 'true'::jsonb desc nulls last, b.place
    limit 1
$$;
