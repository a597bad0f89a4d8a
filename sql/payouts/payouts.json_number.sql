-- The exact value of a JSON number within the limits of an amount, null for anything else.
create or replace function payouts.json_number(p_value jsonb) returns numeric
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when jsonb_typeof(p_value) = 'number' and abs((p_value #>> '{}')::numeric) < 1e15
            then (p_value #>> '{}')::numeric end
$$;
