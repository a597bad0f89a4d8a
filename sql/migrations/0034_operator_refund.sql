-- Refunds that operators ask for: the intent of each, which purser-jobs sends to Stripe.  The
-- refund that Stripe makes of it is a row of payments.refund.  And payments whose mismatch an
-- operator accepted.  Ledger (debit positive):
--
-- kind, source                        plus                 minus
--   payment_mismatch_accepted, pay    suspense:payments    revenue:challenges  what came, less what
--                                     refunds:challenges                       was refunded before

create table payments.refund_intent (
    tenant_id text collate "C" not null,
    id text collate "C" not null check (id like 'rfi\_%'),
    payment_id text collate "C" not null,
    amount_cents bigint not null check (amount_cents > 0),
    currency text collate "C" not null,
    status text collate "C" not null default 'open',
    stripe_refund_id text collate "C",
    sent_at timestamptz, -- when its key may first have reached Stripe
    failure_code text,
    failure_message text,
    lease_holder text,
    lease_until timestamptz,
    attempts int not null default 0,
    next_run_at timestamptz not null default now(),
    last_error text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    unique (tenant_id, stripe_refund_id),
    foreign key (tenant_id, payment_id) references payments.payment (tenant_id, id),
    check ((status = 'settled') = (stripe_refund_id is not null)),
    check (status <> 'refused' or failure_code is not null)
);
-- claims find rows by id alone
create index refund_intent_id on payments.refund_intent (id);
create index refund_intent_payment_id on payments.refund_intent (tenant_id, payment_id);
create index refund_intent_due on payments.refund_intent (next_run_at) where status = 'open';
create index refund_intent_lease_holder on payments.refund_intent (lease_holder)
    where lease_holder is not null;

-- Money truth wins: what Stripe had refused, as far as we knew, is settled when its refund appears.
insert into core.transition (machine, from_status, to_status)
values ('refund_intent', '', 'open'), ('refund_intent', 'open', 'settled'),
    ('refund_intent', 'open', 'refused'), ('refund_intent', 'refused', 'settled');
create trigger transition before insert or update of status on payments.refund_intent
    for each row execute function core.transition_check('refund_intent');
create trigger fixed before update on payments.refund_intent for each row
    when (
        (old.tenant_id, old.id, old.payment_id, old.amount_cents, old.currency)
            is distinct from
            (new.tenant_id, new.id, new.payment_id, new.amount_cents, new.currency)
        or (old.stripe_refund_id is not null
            and old.stripe_refund_id is distinct from new.stripe_refund_id))
    execute function core.refuse('a refund intent keeps its payment, amount and refund');
create trigger no_delete before delete on payments.refund_intent for each row
    execute function core.refuse('refund intents are kept');

alter table payments.refund_intent enable row level security, force row level security;
create policy tenant on payments.refund_intent to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on payments.refund_intent to purser_background using (true);

-- What Stripe took, where that is not what we asked for.
alter table payments.payment
    add column received_cents bigint check (received_cents >= 0),
    add column received_currency text collate "C",
    add column mismatch_accepted_at timestamptz, -- an operator's word: it counts as paid
    add constraint payment_received
        check ((mismatch is null) = (received_cents is null)
            and (received_cents is null) = (received_currency is null)) not valid,
    add constraint payment_accepted
        check (mismatch_accepted_at is null or mismatch is not null) not valid;
-- A refund of money in suspense, and whether it was alive when the mismatch was accepted.
alter table payments.refund
    add column from_suspense boolean not null default false,
    add column accepted boolean not null default false;
grant select, update on payments.payment, payments.refund to purser_background;
set local role purser_background;
update payments.refund r
set from_suspense = true
from payments.payment p
where p.tenant_id = r.tenant_id and p.id = r.payment_id and p.mismatch is not null;
-- a text that does not say it: nothing that could be refunded
update payments.payment p
set received_cents = coalesce(substring(p.mismatch from 'received (\d+) \w+$')::bigint, 0),
    received_currency = coalesce(substring(p.mismatch from 'received \d+ (\w+)$'), p.currency)
where p.mismatch is not null;
set local role purser_owner;

do $$
begin
    if (select count(*) from pg_trigger where tgrelid = 'payments.refund_intent'::regclass
            and not tgisinternal) <> 3
        or (select count(*) from core.transition t where t.machine = 'refund_intent') <> 4
    then
        raise exception 'verify: payments.refund_intent lacks triggers or transitions';
    end if;
end
$$;
