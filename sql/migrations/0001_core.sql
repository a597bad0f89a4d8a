-- Tenants, worker instances, idempotency rows.

create table core.tenant (
    id text collate "C" primary key check (id like 'ten\_%'),
    slug text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text not null,
    entity_hotkey text,
    created_at timestamptz not null default now()
);

create table core.worker (
    instance text primary key,
    family text not null,
    started_at timestamptz not null
);

create table core.idempotency (
    id bigint generated always as identity primary key,
    tenant_id text collate "C" not null,
    surface text collate "C" not null,
    principal text collate "C" not null,
    method text collate "C" not null,
    path text collate "C" not null,
    key text collate "C" not null,
    request_hash bytea not null,
    state text not null check (state in ('running', 'open', 'done')),
    lease_holder text,
    lease_until timestamptz,
    response_status int,
    response_body text,
    created_at timestamptz not null default now(),
    unique (tenant_id, surface, principal, method, path, key),
    check ((state = 'done') = (response_status is not null)),
    check ((state = 'running') = (lease_until is not null))
) with (fillfactor = 70);
create index idempotency_created_at on core.idempotency (created_at);
create index idempotency_lease_holder on core.idempotency (lease_holder) where state = 'running';

alter table core.tenant enable row level security, force row level security;
create policy tenant on core.tenant to purser_owner
    using (id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on core.tenant to purser_background using (true);

alter table core.idempotency enable row level security, force row level security;
create policy tenant on core.idempotency to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on core.idempotency to purser_background using (true);

do $$
begin
    if (select count(*) from pg_policy
        where polrelid in ('core.tenant'::regclass, 'core.idempotency'::regclass)) <> 4
    then
        raise exception 'verify: core policies are missing';
    end if;
end
$$;
