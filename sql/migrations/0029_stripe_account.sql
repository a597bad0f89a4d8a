-- An account at Stripe: what its key and webhook secrets are named by, and whose money it holds.
-- The books' stripe:... accounts and the bookmarks of Stripe's lists belong to it.
--
-- The account `default` is the one of the settings stripe_secret_key and stripe_webhook_secret. Its
-- owner is the oldest tenant; where several tenants share it, a movement that no row of ours claims
-- is its owner's.
create table core.stripe_account (
    tenant_id text collate "C" not null references core.tenant,
    name text collate "C" not null unique check (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    -- the mode of its key: 'live', or 'test' (Stripe's test mode or the sandbox)
    mode text collate "C" not null default 'live' check (mode in ('live', 'test')),
    created_at timestamptz not null default now(),
    primary key (tenant_id, name)
);
alter table core.stripe_account enable row level security, force row level security;
create policy tenant on core.stripe_account to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on core.stripe_account to purser_background using (true);
grant select, insert on core.stripe_account to purser_background;
grant select on core.tenant to purser_background;
grant usage on schema stripe_events to purser_background;
grant select on stripe_events.event to purser_background;
set local role purser_background;
insert into core.stripe_account (tenant_id, name, mode)
select t.id, 'default', case when exists (select from stripe_events.event e where e.livemode)
    or not exists (select from stripe_events.event e) then 'live' else 'test' end
from core.tenant t
order by t.created_at, t.id
limit 1;
do $$
begin
    if (select count(*) from core.stripe_account)
        <> (select least(count(*), 1) from core.tenant)
    then
        raise exception 'verify: the Stripe account default has one owner';
    end if;
end
$$;
set local role purser_owner;

-- The mode of the key with which a program started last: that of a Stripe account made later.
alter table core.program add column stripe_mode text check (stripe_mode in ('live', 'test'));

-- The bookmark of the reading of an account's event list.
alter table stripe_events.backfill
    add column stripe_account text collate "C" not null default 'default';
alter table stripe_events.backfill drop constraint backfill_pkey;
alter table stripe_events.backfill drop column only_row;
alter table stripe_events.backfill add primary key (stripe_account);
alter table stripe_events.backfill alter column stripe_account drop default;

do $$
begin
    if (select count(*) from stripe_events.backfill where stripe_account = 'default') <> 1 then
        raise exception 'verify: the Stripe account default has a bookmark';
    end if;
end
$$;
