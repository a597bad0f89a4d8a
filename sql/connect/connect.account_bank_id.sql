-- What tells the external accounts of a Stripe account from others: all of them count, since money
-- may go to any: bank accounts and cards, and which is the default of its currency.
--
-- Returns: null = there is none
create or replace function connect.account_bank_id(p_account jsonb) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select encode(sha256(convert_to(string_agg(x.name, ',' order by x.name), 'UTF8')), 'hex')
    from (
        select concat_ws(' ', b.value ->> 'object',
            coalesce(b.value ->> 'fingerprint', b.value ->> 'id'), b.value ->> 'currency',
            b.value ->> 'default_for_currency') collate "C" as name
        from connect.external_accounts(p_account) as b) as x
$$;
