-- Refuses what an operator gave, in words, before a constraint of a table would.
--
-- Parameters: p_is_right null counts as false; p_column the parameter that is wrong, with which a
--   message of PU422 begins: psql shows no column
-- Raises: PU422, or p_state
create or replace function admin.need(
    p_is_right boolean, p_column text, p_message text, p_state text default 'PU422'
) returns void
    language plpgsql immutable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_is_right is not true then
        raise exception using errcode = p_state, column = p_column,
            message = case p_state when 'PU422' then p_column || ': ' else '' end || p_message;
    end if;
end
$$;
