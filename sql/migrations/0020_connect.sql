-- Connect accounts: the payees of traders, and where Stripe's onboarding sends them back to.

alter table core.tenant
    add column connect_return_url text check (connect_return_url ~ '^https?://[^[:space:]]+$'),
    add column connect_refresh_url text check (connect_refresh_url ~ '^https?://[^[:space:]]+$'),
    add constraint tenant_connect_urls
        check ((connect_return_url is null) = (connect_refresh_url is null));

-- The flags are Stripe's, as of checked_at.  Account links are never stored.
create table connect.account (
    id text collate "C" primary key check (id like 'con\_%'),
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    country text collate "C" not null check (country ~ '^[A-Z]{2}$'),
    email text not null, -- what Stripe was told: a repetition sends the same bytes
    recipient boolean not null, -- abroad: the recipient service agreement
    status text collate "C" not null default 'creating'
        check (status in ('creating', 'pending', 'restricted', 'active', 'disabled', 'failed')),
    onboarding boolean not null default true, -- until the form was first finished; never true again
    stripe_account_id text collate "C" unique,
    payouts_enabled boolean not null default false,
    charges_enabled boolean not null default false,
    transfers_enabled boolean not null default false,
    details_submitted boolean not null default false,
    disabled_reason text,
    bank_name text,
    last4 text,
    checked_at timestamptz, -- when Stripe was asked for what is shown
    deauthorized_at timestamptz,
    changes int not null default 0, -- of what the outside sees
    failure_code text,
    failure_message text,
    lease_holder text,
    lease_until timestamptz,
    attempts int not null default 0,
    next_run_at timestamptz not null default now(),
    last_error text,
    created_at timestamptz not null default now(), -- and first sent to Stripe
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, user_id) references auth."user" (tenant_id, id),
    check ((status in ('creating', 'failed')) = (stripe_account_id is null)),
    check (not onboarding or status in ('creating', 'pending', 'restricted'))
) with (fillfactor = 80);
create index account_list on connect.account (tenant_id, user_id, id desc);
create index account_creating on connect.account (next_run_at) where status = 'creating';
create index account_lease_holder on connect.account (lease_holder) where lease_holder is not null;

-- However many ask at once, one unfinished account a country.
create unique index account_onboarding on connect.account (tenant_id, user_id, country)
    where onboarding;

\ir ../core/core.refuse.sql
create trigger fixed before update on connect.account for each row
    when (
        (old.id, old.tenant_id, old.user_id, old.country, old.email, old.recipient)
            is distinct from (new.id, new.tenant_id, new.user_id, new.country, new.email,
                new.recipient)
        or (old.stripe_account_id is not null
            and old.stripe_account_id is distinct from new.stripe_account_id)
        or (new.onboarding and not old.onboarding))
    execute function core.refuse('a Connect account keeps its owner, country and Stripe account');
create trigger no_delete before delete on connect.account for each row
    execute function core.refuse('Connect accounts are kept');

alter table connect.account enable row level security, force row level security;
create policy tenant on connect.account to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on connect.account to purser_background using (true);

do $$
begin
    if (select count(*) from pg_policy where polrelid = 'connect.account'::regclass) <> 2
        or (select count(*) from pg_trigger where tgrelid = 'connect.account'::regclass
            and tgname in ('fixed', 'no_delete')) <> 2
    then
        raise exception 'verify: connect.account lacks policies or triggers';
    end if;
end
$$;
