-- The time that a client's text says, by RFC 3339.
--
-- Raises: PU422 (column p_field)
create or replace function webhooks.time_of(p_field text, p_text text) returns timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_text !~ '^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$' then
        raise invalid_datetime_format;
    end if;
    return p_text::timestamptz;
exception
    when data_exception then
        raise exception using errcode = 'PU422', column = p_field,
            message = 'must be a time like 2024-01-31T09:30:00Z';
end
$$;
