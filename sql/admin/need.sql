-- Refuses what an operator gave, in words, before a constraint of a table would.
--
-- Parameters: p_is_right null counts as false; p_column the parameter that is wrong
-- Raises: PU422, or p_state
create or replace function admin.need(
    p_is_right boolean, p_column text, p_message text, p_state text default 'PU422'
) returns void
    language plpgsql immutable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_is_right is not true then
        -- psql shows the detail, and not the column
        raise exception using errcode = p_state, message = p_message, column = p_column,
            detail = p_column;
    end if;
end
$$;
