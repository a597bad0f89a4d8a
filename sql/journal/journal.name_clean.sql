-- The form in which names (firms, account numbers) are stored and compared: without white space
-- and zero-width characters at their ends, composed (NFC).
create or replace function journal.name_clean(p_name text) returns text
    language sql immutable strict
as $$
    select normalize(btrim(p_name,
        U&'\0009\000A\000B\000C\000D\0020\0085\00A0\1680\180E\2000\2001\2002\2003\2004\2005\2006'
        '\2007\2008\2009\200A\200B\200C\200D\2028\2029\202F\205F\2060\3000\FEFF'), NFC)
$$;
