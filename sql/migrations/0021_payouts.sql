-- What is owed to traders, as the validator said it, and what is paid of it.
--
-- In the ledger (debit positive), asset usd; <n> is the payout's attempt:
--   costs:traders       what traders have cost us
--   payables:traders    what we owe them and have not sent
--   recoveries:traders  what came back by reversals at Stripe
--   stripe:balance      our money at Stripe
-- kind, source                        plus              minus
--   trader_payout_owed, po:<n>        costs:traders     payables:traders    requested, or retried
--   trader_payout_released, po:<n>    payables:traders  costs:traders       failed or canceled
--   trader_payout_paid, po            payables:traders  stripe:balance      transferred, once for
--                                                                           ever
--   trader_payout_reversed, tr:<sum>  stripe:balance    recoveries:traders  by what came back anew

alter table core.tenant
    add column payout_auto_submit boolean not null default false, -- requests are submitted at once
    add column payout_minimum_cents bigint not null default 0 check (payout_minimum_cents >= 0);

-- One answer of the validator.  Kept: each payout names the one that it was decided by.
create table payouts.reading (
    id text collate "C" primary key check (id like 'rdg\_%'),
    tenant_id text collate "C" not null,
    account_id text collate "C" not null,
    total_cents bigint not null check (total_cents >= 0),
    formula_version text not null,
    weeks text compression lz4 not null, -- the rows as ?explain=true prints them
    digest text not null, -- SHA-256 of weeks, hex
    created_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, account_id) references payments.prop_account (tenant_id, id),
    check (digest = encode(sha256(convert_to(weeks, 'UTF8')), 'hex'))
);
create index reading_account on payouts.reading (account_id, id desc);

-- The one row of an account that everybody locks who takes from what is owed.
-- committed_cents is the sum of the account's payouts that are neither failed
-- nor canceled; the trigger `commit` on payouts.payout keeps it.  The check is
-- the promise: never more than the highest total that the validator confirmed.
create table payouts.estimate (
    account_id text collate "C" primary key,
    tenant_id text collate "C" not null,
    reading_id text collate "C", -- the newest
    total_cents bigint not null default 0 check (total_cents >= 0), -- the newest
    highest_cents bigint not null default 0,
    committed_cents bigint not null default 0,
    observed_at timestamptz, -- when the validator was asked for the newest
    problem text, -- why the last answer was not believed
    updated_at timestamptz not null default now(),
    foreign key (tenant_id, account_id) references payments.prop_account (tenant_id, id),
    foreign key (tenant_id, reading_id) references payouts.reading (tenant_id, id),
    check (highest_cents >= total_cents),
    constraint never_more_than_earned check (committed_cents between 0 and highest_cents)
) with (fillfactor = 50);
create index estimate_problem on payouts.estimate (account_id) where problem is not null;

create table payouts.payout (
    id text collate "C" primary key check (id like 'po\_%'),
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    account_id text collate "C" not null,
    reading_id text collate "C" not null,
    amount_cents bigint not null check (amount_cents > 0),
    currency text collate "C" not null default 'usd' check (currency = 'usd'),
    status text collate "C" not null default 'pending',
    -- names the provider key: a refused transfer is tried again under another one
    attempt int not null default 1,
    connect_account_id text collate "C", -- of this attempt
    destination text collate "C", -- its Stripe account
    sent_at timestamptz, -- when this attempt's key may first have reached Stripe
    stripe_transfer_id text collate "C" unique,
    reversed_cents bigint not null default 0 check (reversed_cents >= 0),
    failure_code text,
    failure_reason text, -- for the trader
    submit_requested_at timestamptz, -- the background shall submit it
    lease_holder text,
    lease_until timestamptz,
    attempts int not null default 0, -- of the background
    next_run_at timestamptz not null default now(),
    last_error text,
    requested_at timestamptz not null default now(),
    completed_at timestamptz,
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, user_id) references auth."user" (tenant_id, id),
    foreign key (tenant_id, account_id) references payments.prop_account (tenant_id, id),
    foreign key (tenant_id, reading_id) references payouts.reading (tenant_id, id),
    foreign key (tenant_id, connect_account_id) references connect.account (tenant_id, id),
    check ((status = 'paid') = (stripe_transfer_id is not null)),
    check ((status = 'paid') = (completed_at is not null)),
    check ((status = 'failed') = (failure_reason is not null)),
    check (status <> 'processing' or (destination is not null and sent_at is not null))
) with (fillfactor = 80);
create index payout_list on payouts.payout (tenant_id, user_id, id desc);
create index payout_due on payouts.payout (next_run_at)
    where status = 'processing' or (status = 'pending' and submit_requested_at is not null);
create index payout_lease_holder on payouts.payout (lease_holder) where lease_holder is not null;
create index payout_conflict on payouts.payout (id) where last_error like 'conflict:%';

-- One at a time, whoever asks how often.
create unique index payout_open on payouts.payout (account_id)
    where status in ('pending', 'processing');

-- from_status '' = insert.  paid and canceled are final.  Money truth wins here
-- too: a failed payout whose transfer exists after all becomes paid.
create table payouts.payout_step (
    from_status text collate "C",
    to_status text collate "C",
    primary key (from_status, to_status)
);
insert into payouts.payout_step
values ('', 'pending'), ('pending', 'processing'), ('pending', 'canceled'), ('processing', 'paid'),
    ('processing', 'failed'), ('failed', 'pending'), ('failed', 'paid');

\ir ../core/core.refuse.sql
-- Trigger function of payouts.payout: a status starts and changes only as
-- payouts.payout_step allows.
--
-- Raises: PU900
create function payouts.step_check() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_from text collate "C" := '';
begin
    if TG_OP = 'UPDATE' then
        v_from := old.status;
        if v_from = new.status then
            return new;
        end if;
    end if;
    if not exists (
        select from payouts.payout_step s where s.from_status = v_from and s.to_status = new.status)
    then
        raise exception using
            errcode = 'PU900',
            message = format('%s may not go from %L to %L', TG_TABLE_NAME, v_from, new.status),
            detail = new.id;
    end if;
    return new;
end
$$;
\ir ../payouts/payouts.commit_amount.sql
create trigger step before insert or update of status on payouts.payout
    for each row execute function payouts.step_check();
create trigger commit after insert or update of status on payouts.payout
    for each row execute function payouts.commit_amount();
create trigger fixed before update on payouts.payout for each row
    when (
        (old.id, old.tenant_id, old.user_id, old.account_id, old.reading_id, old.amount_cents,
        old.currency, old.requested_at)
            is distinct from
            (new.id, new.tenant_id, new.user_id, new.account_id, new.reading_id, new.amount_cents,
            new.currency, new.requested_at)
        or (old.stripe_transfer_id is not null
            and old.stripe_transfer_id is distinct from new.stripe_transfer_id)
        or new.attempt < old.attempt
        or (new.attempt = old.attempt and old.destination is distinct from new.destination
            and old.destination is not null))
    execute function core.refuse('a payout keeps its owner, amount and transfer');
create trigger no_delete before delete on payouts.payout for each row
    execute function core.refuse('payouts are kept');
create trigger append_only before update or delete on payouts.reading for each row
    execute function core.refuse('readings are append-only');

do $$
declare
    v_table text;
begin
    foreach v_table in array array['reading', 'estimate', 'payout']
    loop
        execute format('alter table payouts.%I enable row level security, force row level security',
            v_table);
        execute format('create policy tenant on payouts.%I to purser_owner using '
            || '(tenant_id = (select nullif(current_setting(''purser.tenant'', true), '''')))',
            v_table);
        execute format('create policy background on payouts.%I to purser_background using (true)',
            v_table);
    end loop;
    if (select count(*) from payouts.payout_step) <> 7
        or (select count(*) from pg_trigger where tgrelid = 'payouts.payout'::regclass
            and tgname in ('step', 'commit', 'fixed', 'no_delete')) <> 4
    then
        raise exception 'verify: payouts lack steps or triggers';
    end if;
end
$$;
