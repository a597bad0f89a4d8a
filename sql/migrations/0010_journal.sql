-- The payout journal: keys, books, firms, accounts, payouts, and the sums over them.

-- The journal of a user.  Its id is the user_id that this surface shows.  Its
-- row is the lock that every change of the journal takes first.
create table journal.book (
    id uuid primary key default gen_random_uuid(),
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, user_id),
    foreign key (tenant_id, user_id) references auth."user" (tenant_id, id)
);

create table journal.api_key (
    hash bytea primary key check (length(hash) = 32),
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    foreign key (tenant_id, user_id) references journal.book (tenant_id, user_id)
);
create index api_key_user on journal.api_key (tenant_id, user_id);

-- Names are compared without regard to case, by ICU so that it does not depend on the
-- database's locale.
create table journal.firm (
    id uuid primary key default gen_random_uuid(),
    tenant_id text collate "C" not null,
    book_id uuid not null references journal.book,
    name text not null check (name <> ''),
    name_folded text collate "C" not null
        generated always as (lower(name collate "und-x-icu")) stored,
    created_at timestamptz not null default now(),
    unique (book_id, name_folded)
);

create table journal.account (
    id uuid primary key default gen_random_uuid(),
    tenant_id text collate "C" not null,
    book_id uuid not null references journal.book,
    firm_id uuid not null references journal.firm,
    account_number text not null check (account_number <> ''),
    account_type text not null check (account_type in ('evaluation', 'funded')),
    size_cents bigint not null check (size_cents >= 0),
    net_pnl_cents bigint not null default 0,
    status text not null default 'active',
    created_at timestamptz(0) not null,
    updated_at timestamptz(0) not null,
    unique (book_id, account_number, firm_id)
);
create index account_list on journal.account (book_id, created_at, id);
create index account_firm on journal.account (firm_id);

\ir ../journal/journal.traders_share.sql
\ir ../journal/journal.time_of.sql

-- A payout's id begins with its time of creation (UUID version 7), so the
-- order (date, created_at, id) of the contract is the order (date, id).
create table journal.payout (
    id uuid primary key,
    tenant_id text collate "C" not null,
    book_id uuid not null references journal.book,
    firm_id uuid not null references journal.firm, -- the account's
    account_id uuid not null references journal.account,
    date date not null check (date between '0001-01-01' and '9999-12-31'),
    total_cents bigint not null check (total_cents between 1 and 1000000000000000),
    split_hundredths int not null check (split_hundredths between 0 and 10000), -- of a percent
    share_cents bigint not null
        generated always as (journal.traders_share(total_cents, split_hundredths)) stored,
    status text collate "C" not null
        check (status in ('pending', 'processing', 'completed', 'failed')),
    reference text,
    -- for search
    reference_folded text collate "C"
        generated always as (lower(reference collate "und-x-icu")) stored,
    created_at timestamptz(0) not null,
    updated_at timestamptz(0) not null,
    check (created_at = journal.time_of(id))
) with (fillfactor = 90);
create index payout_book on journal.payout (book_id, date, id);
create index payout_firm on journal.payout (firm_id, date, id);
create index payout_account on journal.payout (account_id, date, id);

-- Sums over histories.  A history is all payouts of one book, firm or account
-- in (date, id) order; history_id is the book's, firm's or account's id.
--
-- Each history is a tree, like the inside of a B-tree.  A node of level 1
-- stands for the run of payouts from its own key (date, payout_id) to the next
-- node's, a node of level 2 for a run of nodes of level 1, and so on; the one
-- node of level 4 is the whole history.  A node holds the sums of its run, so
-- what lies before a payout is a short sum: on each level the nodes between
-- the one above and the one below, and at the bottom the payouts themselves.
-- A change adds to one node of each level.  A run of more than 64 is split in
-- the middle (journal.history_split), so a sum reads some hundred rows at
-- most, wherever in the history, whatever the dates, up to tens of millions.
-- Runs never grow together again: a node that became empty costs one row.
-- The first node of a level has the key ('-infinity', 0…0).
create table journal.node (
    history_id uuid not null,
    level smallint not null check (level between 1 and 4),
    date date not null,
    payout_id uuid not null,
    tenant_id text collate "C" not null,
    pending bigint not null, -- numbers of payouts by status
    processing bigint not null,
    completed bigint not null,
    failed bigint not null,
    total_cents numeric(38, 0) not null,
    share_cents numeric(38, 0) not null,
    primary key (history_id, level, date, payout_id),
    check (least(pending, processing, completed, failed, total_cents, share_cents) >= 0)
) with (fillfactor = 60);

do $$
declare
    v_table text;
begin
    foreach v_table in array array['book', 'api_key', 'firm', 'account', 'payout', 'node']
    loop
        execute format('alter table journal.%I enable row level security, force row level security',
            v_table);
        execute format('create policy tenant on journal.%I to purser_owner using '
            || '(tenant_id = (select nullif(current_setting(''purser.tenant'', true), '''')))',
            v_table);
        execute format('create policy background on journal.%I to purser_background using (true)',
            v_table);
    end loop;
    if (select count(*) from pg_class
        where relnamespace = 'journal'::regnamespace and relkind = 'r' and relforcerowsecurity) <> 6
    then
        raise exception 'verify: row-level security is missing in journal';
    end if;
end
$$;
