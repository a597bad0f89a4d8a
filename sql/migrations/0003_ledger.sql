-- The double-entry ledger.  Debit is positive, credit negative.
--
-- Entries and transfers are append-only: nobody, the owner included, has the
-- right to change them, and a trigger refuses who has (a superuser).  That is
-- why entry.transfer_id is no foreign key: its check would need the UPDATE
-- right on transfer.  A trigger does its work.

create table ledger.account (
    id bigint generated always as identity primary key,
    tenant_id text collate "C" not null references core.tenant,
    code text collate "C" not null check (code ~ '^[a-z]+:[a-z]+$'),
    asset text collate "C" not null check (asset ~ '^[a-z0-9]{2,16}$'),
    balance numeric(38, 0) not null default 0,
    version bigint not null default 0,
    unique (tenant_id, code, asset)
) with (fillfactor = 20);

create table ledger.transfer (
    id text collate "C" primary key check (id like 'ltr\_%'),
    tenant_id text collate "C" not null,
    kind text collate "C" not null,
    source text collate "C" not null,
    posted_at timestamptz not null,
    unique (tenant_id, kind, source)
);

create table ledger.entry (
    id bigint generated always as identity primary key,
    tenant_id text collate "C" not null,
    transfer_id text collate "C" not null,
    account_id bigint not null references ledger.account,
    amount numeric(38, 0) not null check (amount <> 0),
    balance_after numeric(38, 0) not null,
    version bigint not null,
    unique (account_id, version)
);
create index entry_transfer_id on ledger.entry (transfer_id);

\ir ../core/core.refuse.sql
create trigger append_only before update or delete on ledger.transfer
    for each row execute function core.refuse('the ledger is append-only');
create trigger append_only before update or delete on ledger.entry
    for each row execute function core.refuse('the ledger is append-only');
create trigger no_truncate before truncate on ledger.transfer
    for each statement execute function core.refuse('the ledger is append-only');
create trigger no_truncate before truncate on ledger.entry
    for each statement execute function core.refuse('the ledger is append-only');

set local role purser_background;
create function ledger.transfer_check() returns trigger
    language plpgsql as 'begin return null; end';
set local role purser_owner;
create constraint trigger zero_sum after insert on ledger.entry
    deferrable initially deferred for each row execute function ledger.transfer_check();
create constraint trigger zero_sum after insert on ledger.transfer
    deferrable initially deferred for each row execute function ledger.transfer_check();

do $$
declare
    v_table text;
begin
    foreach v_table in array array['ledger.account', 'ledger.transfer', 'ledger.entry']
    loop
        execute format('alter table %s enable row level security, force row level security',
            v_table);
        execute format('create policy tenant on %s to purser_owner using '
            || '(tenant_id = (select nullif(current_setting(''purser.tenant'', true), '''')))',
            v_table);
        execute format('create policy background on %s to purser_background using (true)', v_table);
    end loop;
    if (select count(*) from pg_trigger
        where tgrelid in ('ledger.entry'::regclass, 'ledger.transfer'::regclass)
            and tgname in ('append_only', 'no_truncate', 'zero_sum')) <> 6 then
        raise exception 'verify: ledger triggers are missing';
    end if;
end
$$;

revoke update, delete, truncate on ledger.transfer, ledger.entry from purser_owner;
