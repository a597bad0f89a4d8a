-- Cents as an amount of USD, e.g. 412.50.
create or replace function payouts.usd(p_cents bigint) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select to_char(p_cents / 100.0, 'FM999999999999990.00')
$$;
grant execute on function payouts.usd(bigint) to purser_background;
