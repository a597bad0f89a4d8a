-- A Stripe account for each tenant: its key, its webhook path, its events, its bookmarks.  The
-- account `default` gets the owner that 0041_stripe_accounts_owner.sql found.
set local lock_timeout = '10s';
lock table stripe_events.event in access exclusive mode;

alter table core.stripe_account
    add column key_mode text collate "C" check (key_mode in ('live', 'test')),
    add column key_at timestamptz,
    add unique (tenant_id);
comment on column core.stripe_account.key_mode is
    'of the key that purser-jobs reported last; null = it has none';
grant update on core.stripe_account to purser_background;
set local role purser_background;
update core.stripe_account s
set tenant_id = current_setting('purser.stripe_account_owner')
where s.name = 'default' and nullif(current_setting('purser.stripe_account_owner', true), '')
    <> s.tenant_id;
set local role purser_owner;

-- Events: stored once by account and id.
alter table stripe_events.event
    drop constraint stripe_event_pkey,
    alter column stripe_account drop default;
alter table stripe_events.event add constraint event_pkey primary key using index event_by_account;

-- What makes a row of another kind of key than (id): the claim returns account/id.
alter table core.job_kind add column account_column text;

do $$
begin
    if not exists (
        select from pg_constraint k
        where k.conrelid = 'stripe_events.event'::regclass and k.contype = 'p'
            and cardinality(k.conkey) = 2)
    then
        raise exception 'verify: an event''s key must have its Stripe account';
    end if;
end
$$;
