-- Apps and their access tokens, users and their sessions.  Only hashes of secrets are kept.

create table auth.app (
    id text collate "C" primary key check (id like 'hsc\_%'),
    tenant_id text collate "C" not null references core.tenant,
    slug text not null,
    secret_hash bytea not null check (length(secret_hash) = 32),
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    unique (tenant_id, slug),
    unique (tenant_id, id)
);

-- Revoking an app revokes its tokens (admin.revoke_app), so that a request looks at one row.
create table auth.app_token (
    hash bytea primary key check (length(hash) = 32),
    app_id text collate "C" not null,
    tenant_id text collate "C" not null,
    scopes text[] not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, app_id) references auth.app (tenant_id, id)
);
create index app_token_app_id on auth.app_token (app_id);

create table auth."user" (
    id text collate "C" primary key check (id like 'usr\_%'),
    tenant_id text collate "C" not null references core.tenant,
    email text not null check (email ~ '^[^@\s]+@[^@\s]+$'),
    email_verified boolean not null default false,
    created_at timestamptz not null default now(),
    unique (tenant_id, id)
);
create unique index user_email on auth."user" (tenant_id, lower(email));

create table auth.session (
    hash bytea primary key check (length(hash) = 32),
    user_id text collate "C" not null,
    tenant_id text collate "C" not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    foreign key (tenant_id, user_id) references auth."user" (tenant_id, id)
);
create index session_user_id on auth.session (user_id);

do $$
declare
    v_table text;
begin
    foreach v_table in array array['auth.app', 'auth.app_token', 'auth."user"', 'auth.session']
    loop
        execute format('alter table %s enable row level security, force row level security',
            v_table);
        execute format('create policy tenant on %s to purser_owner using '
            || '(tenant_id = (select nullif(current_setting(''purser.tenant'', true), '''')))',
            v_table);
        execute format('create policy background on %s to purser_background using (true)', v_table);
    end loop;
    if (select count(*) from pg_class
        where relnamespace = 'auth'::regnamespace and relkind = 'r' and relforcerowsecurity) <> 4
    then
        raise exception 'verify: row-level security is missing in auth';
    end if;
end
$$;
