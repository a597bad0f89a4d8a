-- Tiers, payments, prop accounts, their allowed steps, refunds, disputes, suspensions.

create table payments.tier (
    tenant_id text collate "C" not null references core.tenant,
    id text collate "C" not null,
    market text not null,
    asset_class text not null,
    account_size bigint not null check (account_size > 0),
    price_cents bigint not null check (price_cents >= 0),
    currency text collate "C" not null check (currency ~ '^[a-z]{3}$'),
    active boolean not null default true,
    primary key (tenant_id, id)
);

create table payments.payment (
    id text collate "C" primary key check (id like 'pay\_%'),
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    tier_id text collate "C" not null,
    market text not null,
    asset_class text not null,
    account_size bigint not null,
    amount_cents bigint not null check (amount_cents > 0),
    currency text collate "C" not null,
    status text collate "C" not null,
    stripe_payment_intent_id text collate "C" unique,
    client_secret text,
    idempotency_id bigint unique,
    failure_code text,
    failure_message text,
    refunded_cents bigint not null default 0 check (refunded_cents >= 0),
    stripe_created_s bigint not null default 0, -- of the newest event applied
    paid_at timestamptz,
    mismatch text, -- Stripe took another amount or currency: kept out of provisioning
    lease_holder text,
    lease_until timestamptz,
    attempts int not null default 0,
    next_run_at timestamptz not null default now(),
    looked_at timestamptz, -- last time that reconciling asked Stripe
    last_error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, user_id) references auth."user" (tenant_id, id),
    check ((status = 'succeeded') = (paid_at is not null))
) with (fillfactor = 80);
create index payment_list on payments.payment (tenant_id, user_id, id desc);
create index payment_creating on payments.payment (next_run_at) where status = 'creating';
create index payment_open on payments.payment (next_run_at)
    where status in ('requires_payment_method', 'requires_confirmation', 'requires_action',
        'processing');
create index payment_lease_holder on payments.payment (lease_holder) where lease_holder is not null;
create index payment_mismatch on payments.payment (id) where mismatch is not null;

-- from_status '' = insert.  succeeded, canceled and failed are final, with one
-- exception: money truth wins.  What we had given up (failed: Stripe refused;
-- canceled: never reached Stripe) becomes succeeded when Stripe says that the
-- money arrived.
create table payments.payment_step (
    from_status text collate "C",
    to_status text collate "C",
    primary key (from_status, to_status)
);
insert into payments.payment_step
select f, t
from unnest(array['creating', 'requires_payment_method', 'requires_confirmation', 'requires_action',
        'processing']) as f,
    unnest(array['requires_payment_method', 'requires_confirmation', 'requires_action',
        'processing', 'succeeded', 'canceled']) as t
where f <> t
union all
values ('', 'creating'), ('creating', 'failed'), ('failed', 'succeeded'), ('canceled', 'succeeded');

create table payments.prop_account (
    id text collate "C" primary key check (id like 'prop\_%'),
    tenant_id text collate "C" not null,
    user_id text collate "C" not null,
    tier_id text collate "C" not null,
    asset_class text not null,
    account_size bigint not null,
    payment_id text collate "C" unique,
    stripe_payment_intent_id text collate "C" unique,
    idempotency_id bigint unique,
    status text collate "C" not null,
    status_before text collate "C", -- what it would be if it were not suspended
    subaccount_id bigint,
    subaccount_uuid text collate "C" unique, -- over all tenants: two may share an entity hotkey
    synthetic_hotkey text,
    provision_state text collate "C" not null default 'queued'
        check (provision_state in ('queued', 'calling', 'unknown', 'done', 'failed')),
    provision_attempts int not null default 0,
    call_started_at timestamptz,
    unknown_since timestamptz, -- an outcome may still be out there; kept when we give up
    settle_at timestamptz, -- from then on "not found" means "not made"
    lease_holder text,
    lease_until timestamptz,
    next_run_at timestamptz not null default now(),
    last_error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (tenant_id, id),
    foreign key (tenant_id, user_id) references auth."user" (tenant_id, id),
    foreign key (tenant_id, payment_id) references payments.payment (tenant_id, id),
    check ((status = 'suspended') = (status_before is not null)),
    check ((provision_state = 'done') = (subaccount_uuid is not null)),
    check ((payment_id is null) = (stripe_payment_intent_id is null))
) with (fillfactor = 80);
create index prop_account_list on payments.prop_account (tenant_id, user_id, id desc);
create index prop_account_provision on payments.prop_account (next_run_at)
    where provision_state in ('queued', 'calling', 'unknown');
create index prop_account_lease_holder on payments.prop_account (lease_holder)
    where lease_holder is not null;
create index prop_account_failed on payments.prop_account (id) where provision_state = 'failed';

-- Any status may be suspended and come back; eliminated is final otherwise.
create table payments.prop_account_step (
    from_status text collate "C",
    to_status text collate "C",
    primary key (from_status, to_status)
);
insert into payments.prop_account_step
select f, t
from unnest(array['active', 'evaluation', 'funded']) as f,
    unnest(array['active', 'evaluation', 'funded', 'eliminated']) as t
where f <> t
union all
select s, 'suspended'
from unnest(array['provisioning', 'subaccount_failed', 'active', 'evaluation', 'funded',
    'eliminated']) as s
union all
select 'suspended', s
from unnest(array['provisioning', 'subaccount_failed', 'active', 'evaluation', 'funded',
    'eliminated']) as s
union all
values ('', 'provisioning'), ('provisioning', 'active'), ('provisioning', 'subaccount_failed'),
    ('subaccount_failed', 'provisioning'), ('subaccount_failed', 'active');

create table payments.suspension (
    tenant_id text collate "C" not null,
    account_id text collate "C" not null,
    kind text not null check (kind in ('refund', 'dispute', 'admin')),
    source text collate "C" not null, -- payment id, dispute id, 'operator'
    created_at timestamptz not null default now(),
    lifted_at timestamptz,
    primary key (account_id, kind, source),
    foreign key (tenant_id, account_id) references payments.prop_account (tenant_id, id)
);

create table payments.refund (
    id text collate "C" primary key, -- Stripe's
    tenant_id text collate "C" not null,
    payment_id text collate "C" not null,
    amount_cents bigint not null check (amount_cents > 0),
    currency text collate "C" not null,
    status text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    foreign key (tenant_id, payment_id) references payments.payment (tenant_id, id)
);
create index refund_payment_id on payments.refund (payment_id);

create table payments.dispute (
    id text collate "C" primary key, -- Stripe's
    tenant_id text collate "C" not null,
    payment_id text collate "C" not null,
    amount_cents bigint not null,
    currency text collate "C" not null,
    status text not null check (status in ('needs_response', 'under_review', 'won', 'lost')),
    stripe_status text not null,
    reason text,
    evidence_due_by timestamptz,
    movements int not null default 0, -- balance transactions seen
    lost_cents bigint not null default 0, -- posted to losses:disputes
    lost_posts int not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    foreign key (tenant_id, payment_id) references payments.payment (tenant_id, id)
);
create index dispute_payment_id on payments.dispute (payment_id);

create type payments.checkout_row as (
    payment_id text,
    status text,
    stripe_payment_intent_id text,
    client_secret text,
    amount_cents bigint,
    currency text,
    user_id text,
    tier_id text,
    market text,
    asset_class text,
    account_size bigint,
    failure_code text,
    failure_message text
);

\ir ../core/core.refuse.sql
-- Trigger function of payments.payment and payments.prop_account: a status
-- starts and changes only as the step table named by the argument allows.
--
-- Raises: PU900
create function payments.step_check() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_from text collate "C" := '';
    v_known boolean;
begin
    if TG_OP = 'UPDATE' then
        v_from := old.status;
        if v_from = new.status then
            return new;
        end if;
    end if;
    if TG_ARGV[0] = 'payments.payment_step' then
        v_known := exists (select from payments.payment_step s
            where s.from_status = v_from and s.to_status = new.status);
    else
        v_known := exists (select from payments.prop_account_step s
            where s.from_status = v_from and s.to_status = new.status);
    end if;
    if not v_known then
        raise exception using
            errcode = 'PU900',
            message = format('%s may not go from %L to %L', TG_TABLE_NAME, v_from, new.status),
            detail = new.id;
    end if;
    return new;
end
$$;
create trigger step before insert or update of status on payments.payment
    for each row execute function payments.step_check('payments.payment_step');
create trigger step before insert or update of status on payments.prop_account
    for each row execute function payments.step_check('payments.prop_account_step');
create trigger fixed before update on payments.payment for each row
    when (
        (old.id, old.tenant_id, old.user_id, old.amount_cents, old.currency, old.idempotency_id)
            is distinct from (new.id, new.tenant_id, new.user_id, new.amount_cents, new.currency,
                new.idempotency_id)
        or (old.stripe_payment_intent_id is not null
            and old.stripe_payment_intent_id is distinct from new.stripe_payment_intent_id))
    execute function core.refuse('a payment keeps its owner, amount and intent');
create trigger fixed before update on payments.prop_account for each row
    when (
        (old.id, old.tenant_id, old.user_id, old.payment_id, old.stripe_payment_intent_id,
        old.asset_class, old.account_size)
            is distinct from
            (new.id, new.tenant_id, new.user_id, new.payment_id, new.stripe_payment_intent_id,
            new.asset_class, new.account_size)
        or (old.subaccount_uuid is not null
            and old.subaccount_uuid is distinct from new.subaccount_uuid))
    execute function core.refuse('a prop account keeps its owner, payment and subaccount');
create trigger no_delete before delete on payments.payment for each row
    execute function core.refuse('payments are kept');
create trigger no_delete before delete on payments.prop_account for each row
    execute function core.refuse('prop accounts are kept');

do $$
declare
    v_table text;
begin
    foreach v_table in array array['tier', 'payment', 'prop_account', 'suspension', 'refund',
        'dispute']
    loop
        execute format(
            'alter table payments.%I enable row level security, force row level security', v_table);
        execute format('create policy tenant on payments.%I to purser_owner using '
            || '(tenant_id = (select nullif(current_setting(''purser.tenant'', true), '''')))',
            v_table);
        execute format('create policy background on payments.%I to purser_background using (true)',
            v_table);
    end loop;
    if (select count(*) from payments.payment_step) <> 30
        or (select count(*) from payments.prop_account_step) <> 26
    then
        raise exception 'verify: step tables hold % and % steps',
            (select count(*) from payments.payment_step),
            (select count(*) from payments.prop_account_step);
    end if;
end
$$;
