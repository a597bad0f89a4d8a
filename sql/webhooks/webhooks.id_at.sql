-- The id that an event of the outbox would have at this time, without the random digits: ids begin
-- with their time (core.new_id).
create or replace function webhooks.id_at(p_at timestamptz) returns text
    language sql immutable
as $$
    select 'msg_' || lpad(to_hex((extract(epoch from greatest(p_at, to_timestamp(0)))
        * 1000)::bigint), 12, '0')
$$;
