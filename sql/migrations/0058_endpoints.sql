-- Endpoints of clients, and the deliveries of events to them.

-- What differs from api to api.  The rows stand in webhooks/tables.sql, which every load replaces.
create table webhooks.api (
    api text collate "C" primary key,
    events text[] not null, -- types that are sent
    unsent text[] not null, -- types that are accepted and never sent
    -- of the headers with the signature by Stripe's scheme; null = by Standard Webhooks alone
    header_prefix text
);

create table webhooks.endpoint (
    tenant_id text collate "C" not null references core.tenant (id),
    id text collate "C" not null check (id like 'whe\_%'),
    api text collate "C" not null,
    mode text not null check (mode in ('live', 'sandbox')),
    url text not null,
    events text[] not null,
    description text,
    created_at timestamptz not null default clock_timestamp(),
    deactivated_at timestamptz, -- by its client
    disabled_at timestamptz, -- by us; recovering it ends that
    disabled_reason text,
    failing_since timestamptz, -- first failure after the last success
    told_at timestamptz, -- since it fails: that it does
    paused_until timestamptz, -- while it fails
    last_success_at timestamptz, -- exact to some minutes
    trusted_at timestamptz not null default clock_timestamp(), -- made, or recovered last
    primary key (tenant_id, id)
);

-- The keys of signatures.  No view shows them, and one function gives them: to purser-jobs.
create table webhooks.secret (
    tenant_id text collate "C" not null,
    endpoint_id text collate "C" not null,
    number int not null,
    secret text not null,
    created_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz, -- null = the newest
    primary key (tenant_id, endpoint_id, number),
    foreign key (tenant_id, endpoint_id) references webhooks.endpoint (tenant_id, id)
);

create table webhooks.delivery (
    tenant_id text collate "C" not null,
    id text collate "C" not null check (id like 'whd\_%'),
    endpoint_id text collate "C" not null,
    event_id text collate "C" not null,
    -- of the event
    event_type text collate "C" not null,
    object_id text collate "C" not null,
    number int not null,
    status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
    attempts int not null default 0, -- in all
    tries int not null default 0, -- since it was begun or asked for again
    next_run_at timestamptz not null default now(), -- while claimed: end of the lease
    lease_holder text,
    lease_until timestamptz,
    lease_no int not null default 0,
    response_status int, -- of the last attempt; null = none came
    last_error text,
    created_at timestamptz not null default clock_timestamp(),
    delivered_at timestamptz,
    primary key (tenant_id, id),
    unique (tenant_id, event_id, endpoint_id),
    foreign key (tenant_id, endpoint_id) references webhooks.endpoint (tenant_id, id),
    foreign key (tenant_id, event_id) references webhooks.outbox (tenant_id, id)
        on delete cascade
);
create index delivery_due on webhooks.delivery (tenant_id, endpoint_id, next_run_at)
    where status = 'pending';
create index delivery_object on webhooks.delivery (tenant_id, endpoint_id, object_id, number)
    where status = 'pending';
create index delivery_lease on webhooks.delivery (tenant_id, endpoint_id, lease_until)
    where lease_holder is not null;
create index delivery_holder on webhooks.delivery (lease_holder) where lease_holder is not null;
create index delivery_list on webhooks.delivery (tenant_id, endpoint_id, id);

create table webhooks.attempt (
    tenant_id text collate "C" not null,
    delivery_id text collate "C" not null,
    number int not null,
    ended_at timestamptz not null default clock_timestamp(),
    response_status int, -- null = no answer
    latency_ms int not null,
    error text, -- why it failed; null = it was delivered
    response_start text, -- the first bytes of the answer
    primary key (tenant_id, delivery_id, number),
    foreign key (tenant_id, delivery_id) references webhooks.delivery (tenant_id, id)
        on delete cascade
);
create index attempt_ended_at on webhooks.attempt using brin (ended_at);

do $$
declare
    v_table regclass;
begin
    foreach v_table in array array['webhooks.endpoint', 'webhooks.secret', 'webhooks.delivery',
        'webhooks.attempt']::regclass[]
    loop
        execute format('alter table %s enable row level security, force row level security',
            v_table);
        execute format($sql$create policy tenant on %s to purser_owner
            using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')))$sql$,
            v_table);
        execute format('create policy background on %s to purser_background using (true)', v_table);
    end loop;
    if (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'webhooks' and c.relkind = 'r' and c.relforcerowsecurity) <> 5
    then
        raise exception 'verify: the tables of tenants in webhooks have row-level security';
    end if;
end
$$;
