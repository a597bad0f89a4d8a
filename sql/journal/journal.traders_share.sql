-- The trader's part of a payout in cents, half up: total × split / 100.
--
-- Parameters: p_split in hundredths of a percent
create or replace function journal.traders_share(p_total_cents bigint, p_split int) returns bigint
    language sql immutable strict
as $$
    select div(p_total_cents::numeric * p_split + 5000, 10000)::bigint
$$;
