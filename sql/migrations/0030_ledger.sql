-- Transfers of any number of legs, in any assets; accounts with a mode and an owner; a chart of
-- accounts; the time when a movement happened beside the time when we knew.
--
-- Balances were kept in each account's row, so that all transfers of a tenant waited for one
-- another.  Now only an account with a floor has a kept balance; the others are summed.
--
-- Locks all of the ledger until it commits, the tables in the order of what posts; meanwhile that
-- waits.  From here to the end of the load a posting of before fails, and its caller comes again.
-- The indexes on the big tables are there already (0030_ledger_indexes.sql).  While it does not get
-- the locks, requests wait behind it: so it gives up after 10 s, and the load is to be repeated.
set local lock_timeout = '10s';

-- They read columns that end here; the load makes them again.
set local role purser_background;
drop view if exists admin.ledger_check, admin.ledger_balances;
set local role purser_owner;

drop trigger zero_sum on ledger.transfer;
alter table ledger.transfer
    add column effective_at timestamptz, -- when it happened; null = posted_at (before 0030)
    add column object_id text collate "C", -- what open items are matched by
    add column external_id text collate "C", -- Stripe's balance transaction
    drop constraint transfer_pkey,
    add constraint transfer_pkey primary key using index transfer_by_tenant;
create index transfer_object on ledger.transfer (tenant_id, object_id) where object_id is not null;

-- A number of an account is random: databases that are joined do not collide.
alter table ledger.account
    alter column id drop identity,
    alter column id set default hashtextextended(gen_random_uuid()::text, 0),
    add column mode text collate "C" not null default 'live' check (mode in ('live', 'test')),
    add column owner text collate "C" not null default '' check (length(owner) <= 64),
    add column floor numeric(38, 0), -- the least that the balance on its normal side may be
    drop constraint account_code_check,
    drop constraint account_asset_check,
    drop constraint account_tenant_id_code_asset_key,
    alter column balance drop not null,
    alter column balance drop default;
alter table ledger.account alter column mode drop default;

create table ledger.asset (
    code text collate "C" primary key check (code ~ '^[a-z0-9][a-z0-9._-]{1,31}$'),
    exponent int not null check (exponent between 0 and 30), -- decimals of the smallest unit
    kind text collate "C" not null check (kind in ('currency', 'token')),
    network text collate "C" check ((network is not null) = (kind = 'token'))
);
-- A leg of a transfer, for ledger.post.
create type ledger.leg as (
    code text collate "C",
    owner text collate "C",
    asset text collate "C",
    amount numeric
);
-- The chart of accounts.  Rows of both tables stand in sql/ledger/chart.sql, which every load
-- brings in; here come those that are in use.
create table ledger.code (
    code text collate "C" primary key check (code ~ '^[a-z]+:[a-z_]+$'),
    normal_side text collate "C" check (normal_side in ('debit', 'credit')), -- null: either
    owner_kind text collate "C" not null check (owner_kind in ('tenant', 'stripe_account', 'user')),
    meaning text not null
);

grant select, insert, update on ledger.account to purser_background;
grant select, insert on ledger.transfer, ledger.entry to purser_background;
grant select, insert on ledger.asset, ledger.code to purser_background;
set local role purser_background;
insert into ledger.asset (code, exponent, kind)
select distinct a.asset, 2, 'currency' from ledger.account a
union select 'usd', 2, 'currency';
insert into ledger.code (code, owner_kind, meaning)
select distinct a.code, 'tenant', 'in use before migration 0030' from ledger.account a
union select 'stripe:clearing', 'stripe_account', 'in use since migration 0030';
set local role purser_owner;

drop trigger zero_sum on ledger.entry;
alter table ledger.entry
    drop constraint entry_pkey,
    drop constraint entry_account_id_fkey,
    drop constraint entry_account_id_version_key,
    drop column id,
    drop column balance_after,
    drop column version,
    add constraint entry_pkey primary key using index entry_by_tenant;
drop index ledger.entry_transfer_id;

-- What was posted to stripe:balance moves to stripe:clearing, by one transfer for each balance:
-- Stripe's balance transactions, read from the account's first day, move it back.
set local role purser_background;
update ledger.account a
set owner = case when a.code like 'stripe:%' then 'default' else '' end,
    mode = coalesce((select s.mode from core.stripe_account s where s.name = 'default'), 'live');
with opened as (
    select a.tenant_id, a.id as balance_id, a.mode, a.asset, a.balance,
        hashtextextended(gen_random_uuid()::text, 0) as clearing_id,
        'ltr_' || replace(gen_random_uuid()::text, '-', '') as transfer_id
    from ledger.account a
    where a.code = 'stripe:balance' and a.balance <> 0
), clearing as (
    insert into ledger.account (tenant_id, id, mode, code, owner, asset, version)
    select o.tenant_id, o.clearing_id, o.mode, 'stripe:clearing', 'default', o.asset, 0
    from opened o
), transfer as (
    insert into ledger.transfer (tenant_id, id, kind, source, posted_at, effective_at)
    select o.tenant_id, o.transfer_id, 'opening', 'default:' || o.asset, clock_timestamp(), now()
    from opened o
)
insert into ledger.entry (tenant_id, transfer_id, account_id, amount)
select o.tenant_id, o.transfer_id, o.clearing_id, o.balance from opened o
union all
select o.tenant_id, o.transfer_id, o.balance_id, -o.balance from opened o;
update ledger.account a set balance = null;
set local role purser_owner;

alter table ledger.account
    drop constraint account_pkey,
    drop column version,
    add primary key (tenant_id, id),
    add unique (tenant_id, mode, code, owner, asset),
    add foreign key (code) references ledger.code,
    add foreign key (asset) references ledger.asset,
    add constraint floor_is_kept check ((floor is null) = (balance is null));

-- Replaced in place by sql/ledger/, whose functions check what is posted from now on.
set local role purser_background;
create function ledger.entries_check() returns trigger language plpgsql as 'begin return null; end';
-- For the triggers.  The load revokes what it does not grant itself.
grant execute on function ledger.entries_check(), ledger.transfer_check() to purser_owner;
set local role purser_owner;
create trigger zero_sum after insert on ledger.entry referencing new table as entries
    for each statement execute function ledger.entries_check();
create constraint trigger zero_sum after insert on ledger.transfer
    deferrable initially deferred for each row execute function ledger.transfer_check();

do $$
begin
    if (select count(*) from pg_trigger
        where tgrelid in ('ledger.entry'::regclass, 'ledger.transfer'::regclass)
            and tgname in ('append_only', 'no_truncate', 'zero_sum')) <> 6
    then
        raise exception 'verify: ledger triggers are missing';
    end if;
end
$$;
set local role purser_background;
do $$
begin
    if exists (select from ledger.transfer t where t.kind = 'opening'
            and (select count(*) from ledger.entry e
                where e.tenant_id = t.tenant_id and e.transfer_id = t.id) <> 2)
        or (select count(*) from ( -- not exists (): its plan would be for the first row
            select from ledger.entry e join ledger.account a using (tenant_id)
            where a.id = e.account_id and a.code = 'stripe:balance'
            group by e.tenant_id, e.account_id having sum(e.amount) <> 0) as wrong) > 0
    then
        raise exception 'verify: stripe:balance begins with zero, by transfers of two entries';
    end if;
end
$$;
set local role purser_owner;
