-- Lets a change go on only if the client has seen the present state (If-Match).
--
-- Parameters: p_if_match the header: * or entity tags in quotes, separated by commas; null = none.
--   A weak tag (W/) fits nothing.
-- Raises: PU439
create or replace function journal.etag_check(p_if_match text, p_etag text) returns void
    language plpgsql immutable
as $$
begin
    if p_if_match is not null and btrim(p_if_match) <> '*'
        and format('"%s"', p_etag) <> all (regexp_split_to_array(btrim(p_if_match), '\s*,\s*'))
    then
        raise exception using errcode = 'PU439',
            message = 'this was changed since: read it again for its present ETag';
    end if;
end
$$;
