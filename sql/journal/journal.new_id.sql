-- A UUID of version 7 for a moment: 48 bits of milliseconds, 12 bits of the
-- rest down to microseconds, 62 random bits.  Ids of later moments are greater.
create or replace function journal.new_id(p_at timestamptz) returns uuid
    language plpgsql volatile
as $$
declare
    v_us bigint := (extract(epoch from p_at) * 1000000)::bigint;
begin
    return encode(
        substring(int8send(v_us / 1000) from 3)
        || int2send((28672 + v_us % 1000 * 4)::smallint) -- 0x7000: the version
        || substring(uuid_send(gen_random_uuid()) from 9), 'hex')::uuid;
end
$$;
