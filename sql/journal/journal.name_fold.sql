-- The key by which firms' names are compared: a clean name without regard to case, by ICU so that
-- it does not depend on the database's locale.  Upper case in between writes out what has several
-- lower-case forms (German sharp s, Greek final sigma).
create or replace function journal.name_fold(p_name text) returns text
    language sql immutable strict
as $$
    select normalize(lower(upper(lower(journal.name_clean(p_name) collate "und-x-icu"))), NFC)
$$;
