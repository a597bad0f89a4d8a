-- Stripe events in, outbox out, the backfill's bookmark.

create table webhooks.stripe_event (
    id text collate "C" primary key,
    type text not null,
    account text,
    livemode boolean not null,
    created_s bigint not null,
    api_version text,
    object_id text,
    payload text compression lz4 not null,
    state text not null default 'pending'
        check (state in ('pending', 'parked', 'applied', 'ignored', 'failed')),
    waits_for text collate "C", -- PaymentIntent id that a parked event needs
    parks int not null default 0,
    attempts int not null default 0,
    next_run_at timestamptz not null default now(), -- while claimed: end of the lease
    lease_holder text,
    lease_until timestamptz,
    last_error text,
    received_at timestamptz not null default now(),
    applied_at timestamptz
);
create index stripe_event_due on webhooks.stripe_event (next_run_at)
    where state in ('pending', 'parked');
create index stripe_event_parked on webhooks.stripe_event (waits_for) where state = 'parked';
create index stripe_event_failed on webhooks.stripe_event (received_at)
    where state in ('ignored', 'failed') and last_error is not null;
-- for pruning; costs the insert nothing
create index stripe_event_received_at on webhooks.stripe_event using brin (received_at);
create index stripe_event_lease_holder on webhooks.stripe_event (lease_holder)
    where lease_holder is not null;

create table webhooks.outbox (
    id text collate "C" primary key check (id like 'msg\_%'),
    tenant_id text collate "C" not null,
    surface text not null,
    type text collate "C" not null,
    object_id text collate "C" not null,
    dedupe text collate "C" not null,
    data jsonb not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, type, dedupe)
);

create table webhooks.backfill (
    only_row boolean primary key default true check (only_row),
    due_at timestamptz not null default now(),
    last_started_at timestamptz,
    last_finished_at timestamptz,
    covered_until timestamptz, -- start of the last run that finished
    lease_holder text,
    lease_until timestamptz
);
insert into webhooks.backfill default values;

alter table webhooks.outbox enable row level security, force row level security;
create policy tenant on webhooks.outbox to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on webhooks.outbox to purser_background using (true);

do $$
begin
    if (select count(*) from webhooks.backfill) <> 1 then
        raise exception 'verify: backfill must have one row';
    end if;
end
$$;
