-- The second in which a journal.new_id() was made.
create or replace function journal.time_of(p_id uuid) returns timestamptz
    language sql immutable strict
as $$
    select to_timestamp(('x' || left(replace(p_id::text, '-', ''), 12))::bit(48)::bigint / 1000)
$$;
