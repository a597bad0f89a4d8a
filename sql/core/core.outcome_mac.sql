-- HMAC-SHA256 of a function, the transaction's tenant and its principal, by one of the stored keys;
-- null when the key is not stored.
--
-- Parameters: p_holder of the key; p_transaction null or the one for which it counts
create or replace function core.outcome_mac(p_holder text, p_function text, p_transaction text)
    returns bytea
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select sha256(k.outer_block || sha256(k.inner_block || convert_to(concat_ws(E'\n', p_function,
        current_setting('purser.tenant', true), current_setting('purser.principal', true),
        p_transaction), 'UTF8')))
    from core.outcome_key k
    where k.holder = p_holder
$$;
