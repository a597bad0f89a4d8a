-- When what Stripe refused for now is asked for again: after 1 min, 10 min, 1 h, then every hour.
--
-- Parameters: p_times how often it was refused in a row, from 1 on
create or replace function core.refused_delay(p_times int) returns interval
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select (array[interval '1 min', '10 min', '1 h'])[least(greatest(p_times, 1), 3)]
$$;
