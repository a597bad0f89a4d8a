-- The clean form of a name that a client gave; null stays null.
--
-- Parameters: p_field for the error
-- Raises: PU422 it is empty, too long or has control characters
create or replace function journal.name_check(p_field text, p_name text) returns text
    language plpgsql immutable
as $$
declare
    v_name text := journal.name_clean(p_name);
begin
    if v_name = '' or length(v_name) > 100 then
        raise exception using errcode = 'PU422', column = p_field,
            message = 'must have 1 to 100 characters beside the white space around it';
    elsif v_name ~ U&'[\0001-\001F\007F-\009F]' then
        raise exception using errcode = 'PU422', column = p_field,
            message = 'must not have control characters';
    end if;
    return v_name;
end
$$;
