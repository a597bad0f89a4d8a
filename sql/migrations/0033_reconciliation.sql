-- Stripe's balance transactions: every movement of the balance at Stripe, with its fee, and how it
-- is booked.  What names a Stripe account has one row for all tenants that share it.

-- Bookmarks: how far each list of a Stripe account is read.
alter table stripe_events.backfill rename to bookmark;
alter table stripe_events.bookmark
    add column list text collate "C" not null default 'events'
        check (list in ('events', 'balance_transactions')),
    add column next_run_at timestamptz not null default now(), -- after a failure
    add column attempts int not null default 0, -- failed ones since the last page
    add column last_error text,
    add column refused_at timestamptz, -- our key has not the right to read this list
    drop constraint backfill_pkey,
    add primary key (stripe_account, list);
alter table stripe_events.bookmark alter column list drop default;
alter table stripe_events.bookmark rename constraint backfill_reading to bookmark_reading;
insert into stripe_events.bookmark (stripe_account, list)
values ('default', 'balance_transactions');

-- How a type of Stripe's balance transaction is booked.  The rows stand in
-- sql/reconciliation/tables.sql; a type without a row is an exception.
create table reconciliation.transaction_type (
    type text collate "C" primary key,
    booked_as text collate "C" not null
);

create table reconciliation.balance_transaction (
    tenant_id text collate "C" not null references core.tenant,
    stripe_account text collate "C" not null,
    id text collate "C" not null,
    type text collate "C" not null,
    amount numeric(38, 0) not null,
    fee numeric(38, 0) not null,
    net numeric(38, 0) not null,
    currency text collate "C" not null,
    source_amount numeric(38, 0), -- after an exchange: what the source moved, in its currency
    source_currency text collate "C",
    source_id text collate "C", -- what moved the money: ch_, re_, tr_, trr_, po_, ...
    object_id text collate "C", -- what stripe:clearing is matched by: pi_, re_, tr_, txn_
    booked_as text collate "C" not null check (booked_as in ('clearing', 'external', 'fee', 'bank',
        'reserved', 'suspense')),
    created_at timestamptz not null, -- Stripe's time
    available_at timestamptz,
    read_at timestamptz not null default now(),
    primary key (tenant_id, stripe_account, id),
    check (net = amount - fee),
    check ((source_amount is null) = (source_currency is null) and source_currency <> currency)
);
create index balance_transaction_id on reconciliation.balance_transaction (stripe_account, id);
create index balance_transaction_object on reconciliation.balance_transaction
    (tenant_id, object_id) where object_id is not null;
create index balance_transaction_external on reconciliation.balance_transaction (read_at)
    where booked_as = 'external';

create index exception_of_object on core.exception (object_id);

alter table reconciliation.balance_transaction enable row level security, force row level security;
create policy tenant on reconciliation.balance_transaction to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on reconciliation.balance_transaction to purser_background using (true);

do $$
begin
    if (select count(*) from stripe_events.bookmark) <> 2 then
        raise exception 'verify: the Stripe account default has two bookmarks';
    end if;
end
$$;
