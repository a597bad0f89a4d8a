-- Stores the key by which programs prove outcomes, in place of the one before.  purser-jobs calls
-- it when it starts.
--
-- Parameters: p_key 32 bytes, derived from the key of Stripe
-- Tables written: core.outcome_key
create or replace function core.outcome_key_store(p_key bytea) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_inner bytea := decode(repeat('36', 64), 'hex');
    v_outer bytea := decode(repeat('5c', 64), 'hex');
begin
    if octet_length(p_key) is distinct from 32 then
        raise exception using errcode = 'PU900', message = 'a key has 32 bytes';
    end if;
    for i in 0 .. 31 loop
        v_inner := set_byte(v_inner, i, get_byte(v_inner, i) # get_byte(p_key, i));
        v_outer := set_byte(v_outer, i, get_byte(v_outer, i) # get_byte(p_key, i));
    end loop;
    insert into core.outcome_key as k (holder, inner_block, outer_block)
    values ('programs', v_inner, v_outer)
    on conflict (holder) do update
    set inner_block = excluded.inner_block, outer_block = excluded.outer_block
    where k.inner_block <> excluded.inner_block;
end
$$;
grant execute on function core.outcome_key_store(bytea) to purser_jobs;
