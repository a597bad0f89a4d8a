-- The external accounts of a Stripe account, bank accounts and cards, in Stripe's order.
create or replace function connect.external_accounts(p_account jsonb)
    returns table (value jsonb, place bigint)
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select b.value, b.place
    from jsonb_array_elements(case jsonb_typeof(p_account #> '{external_accounts,data}')
        when 'array' then p_account #> '{external_accounts,data}' else '[]' end)
        with ordinality as b (value, place)
$$;
