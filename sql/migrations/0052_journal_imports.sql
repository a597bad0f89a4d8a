-- Names of a journal are compared in a clean form (trimmed, composed, without regard to case), and
-- an import can be taken back.
--
-- The functions are texts of this migration, since programs that run go on making firms; their own
-- files go on changing.

create function journal.name_clean(p_name text) returns text
    language sql immutable strict
as $$
    select normalize(btrim(p_name,
        U&'\0009\000A\000B\000C\000D\0020\0085\00A0\1680\180E\2000\2001\2002\2003\2004\2005\2006'
        '\2007\2008\2009\200A\200B\200C\200D\2028\2029\202F\205F\2060\3000\FEFF'), NFC)
$$;

create function journal.name_fold(p_name text) returns text
    language sql immutable strict
as $$
    select normalize(lower(upper(lower(journal.name_clean(p_name) collate "und-x-icu"))), NFC)
$$;

alter table journal.firm alter column name_folded drop expression;

create or replace function journal.firm_of(p_book journal.book, p_name text) returns uuid
    language plpgsql
as $$
declare
    v_id uuid;
begin
    select f.id into v_id
    from journal.firm f
    where f.book_id = p_book.id and f.name_folded = journal.name_fold(p_name);
    if not found then
        insert into journal.firm (tenant_id, book_id, name, name_folded)
        values (p_book.tenant_id, p_book.id, p_name, journal.name_fold(p_name))
        returning id into v_id;
        perform journal.history_create(v_id, p_book.tenant_id);
    end if;
    return v_id;
end
$$;

-- Firms that are one by the new rule stay several: the oldest is found by its name, the others
-- have a key that no name makes.  Such a key has chr(31), which a name of before may have too: a
-- firm of that name has a key of its id alone.  Until all are made, they have keys that nobody can
-- know.  An account number is cleaned unless its firm has the clean one.
grant select, update on journal.firm, journal.account to purser_background;
grant execute on function journal.name_clean(text), journal.name_fold(text) to purser_background;
set local role purser_background;
update journal.firm f
set name_folded = chr(31) || gen_random_uuid()
where f.name_folded <> journal.name_fold(f.name) or strpos(f.name, chr(31)) > 0;
update journal.firm f
set name_folded = case when strpos(f.name, chr(31)) > 0 then chr(31) || f.id
        when k.place > 1 then k.folded || chr(31) || f.id
        else k.folded end,
    name = coalesce(nullif(journal.name_clean(f.name), ''), f.name)
from (
    select g.tenant_id, g.id, journal.name_fold(g.name) as folded,
        row_number() over (partition by g.tenant_id, g.book_id, journal.name_fold(g.name)
            order by g.name_folded like chr(31) || '%', g.created_at, g.id) as place
    from journal.firm g) as k
where k.tenant_id = f.tenant_id and k.id = f.id and f.name_folded like chr(31) || '%';
update journal.account a
set account_number = k.number
from (
    select b.tenant_id, b.id, journal.name_clean(b.account_number) as number,
        row_number() over (
            partition by b.tenant_id, b.firm_id, journal.name_clean(b.account_number)
            order by b.account_number = journal.name_clean(b.account_number) desc, b.id) as place
    from journal.account b) as k
where k.tenant_id = a.tenant_id and k.id = a.id and k.place = 1 and k.number <> ''
    and k.number <> a.account_number;
set local role purser_owner;

-- Counts the changes of a payout: two within a second differ.
alter table journal.payout add column version int not null default 1;

create table journal.import (
    tenant_id text collate "C" not null,
    id uuid not null default gen_random_uuid(),
    book_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, book_id) references journal.book (tenant_id, id)
);
create index import_book on journal.import (tenant_id, book_id);

-- A payout that an import made (old_version is null) or changed.
create table journal.import_row (
    tenant_id text collate "C" not null,
    import_id uuid not null,
    payout_id uuid not null, -- it may be deleted since
    version int not null,    -- as the import left it
    -- what it was before
    old_version int,
    account_id uuid,
    date date,
    total_cents bigint,
    split_hundredths int,
    status text collate "C",
    reference text,
    updated_at timestamptz(0),
    primary key (tenant_id, import_id, payout_id),
    foreign key (tenant_id, import_id) references journal.import (tenant_id, id)
);

-- A line of a file that is imported, with what the journal has of it.
create type journal.import_line as (
    place int,
    line int,
    date date,
    total_cents bigint,
    split int,
    status text,
    reference text,
    traders_cents bigint, -- shares that the file claims
    firms_cents bigint,
    payout_id uuid,  -- the user's own; null = a new payout
    differs boolean, -- from the user's own
    twice boolean,   -- its id is in several lines
    given_account uuid,
    named boolean,   -- it says which account is meant
    accounts bigint, -- how many are meant
    account_id uuid,
    firm_id uuid,
    contradicts text -- the column that names another account than account_id
);

do $$
declare
    v_table text;
begin
    foreach v_table in array array['import', 'import_row'] loop
        execute format('alter table journal.%I enable row level security, force row level security',
            v_table);
        execute format('create policy tenant on journal.%I to purser_owner using '
            || '(tenant_id = (select nullif(current_setting(''purser.tenant'', true), '''')))',
            v_table);
        execute format('create policy background on journal.%I to purser_background using (true)',
            v_table);
    end loop;
    if (select count(*) from pg_class
        where relnamespace = 'journal'::regnamespace and relkind = 'r' and relforcerowsecurity) <> 8
    then
        raise exception 'verify: row-level security is missing in journal';
    end if;
end
$$;

set local role purser_background;
do $$
declare
    v_wrong bigint;
begin
    select count(*) into v_wrong
    from journal.firm f
    where case when strpos(f.name, chr(31)) > 0 then f.name_folded <> chr(31) || f.id
        else f.name_folded not in (journal.name_fold(f.name),
            journal.name_fold(f.name) || chr(31) || f.id) end;
    if v_wrong > 0 then
        raise exception 'verify: % firms have another key than their name makes', v_wrong;
    end if;
end
$$;
set local role purser_owner;
