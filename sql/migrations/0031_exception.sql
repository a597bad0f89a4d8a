-- Exceptions: facts about money that do not fit, one row each, until an operator has dealt with
-- them.  Before, such a fact was the text 'conflict: …' in last_error, which the next change of
-- the row erased; what is left of those texts becomes rows here.

-- What each kind means, and what closes it: the rows stand in the files tables.sql.
create table core.exception_kind (
    kind text collate "C" primary key,
    meaning text not null,
    closes text not null -- what the operator does, and then says in the resolution
);

-- detail ->> 'account_id' names the prop account whose payouts an open exception holds.
create table core.exception (
    tenant_id text collate "C" not null references core.tenant,
    id text collate "C" not null check (id like 'exc\_%'),
    kind text collate "C" not null,
    object_kind text collate "C" not null,
    object_id text collate "C" not null,
    detail jsonb not null check (jsonb_typeof(detail) = 'object'),
    opened_at timestamptz not null default now(),
    resolved_at timestamptz,
    resolved_by text, -- the operator's login; null = the facts resolved it themselves
    resolution text,
    primary key (tenant_id, id),
    check ((resolved_at is null) = (resolution is null)),
    check (resolved_by is null or resolved_at is not null),
    check (btrim(resolution) <> '')
);
create unique index exception_open on core.exception (tenant_id, kind, object_id)
    where resolved_at is null;
create index exception_account on core.exception (tenant_id, (detail ->> 'account_id'))
    where resolved_at is null;
create index exception_object on core.exception (tenant_id, object_id);

create trigger fixed before update on core.exception for each row
    when (old.resolved_at is not null
        or (old.tenant_id, old.id, old.kind, old.object_kind, old.object_id, old.opened_at)
            is distinct from
            (new.tenant_id, new.id, new.kind, new.object_kind, new.object_id, new.opened_at))
    execute function core.refuse('an exception keeps its object; a resolved one does not change');
create trigger no_delete before delete on core.exception for each row
    execute function core.refuse('exceptions are kept');
create trigger no_truncate before truncate on core.exception for each statement
    execute function core.refuse('exceptions are kept');
revoke delete, truncate on core.exception from purser_owner;

alter table core.exception enable row level security, force row level security;
create policy tenant on core.exception to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on core.exception to purser_background using (true);

-- The texts that are left, read once, without locks on their rows.  Nothing but operators read
-- them, so they may stay as they are.
grant usage on schema stripe_events to purser_background;
grant insert, select on core.exception to purser_background;
grant select on payments.payment, payments.prop_account, connect.account, payouts.payout,
    stripe_events.event, core.tenant to purser_background;
set local role purser_background;
with conflict as (
    -- Stripe took another amount or currency, and has not given all of it back
    select p.tenant_id, 'payment_mismatch' as kind, 'payment' as object_kind, p.id as object_id,
        jsonb_build_object('mismatch', p.mismatch,
            'received', substring(p.mismatch from 'received (\d+) ')::bigint,
            'currency', substring(p.mismatch from 'received \d+ (\w+)$')) as detail
    from payments.payment p
    where p.mismatch is not null
        and p.refunded_cents
            < coalesce(substring(p.mismatch from 'received (\d+) ')::bigint, 'infinity'::float8)
    union all
    select p.tenant_id, 'payment_second_intent', 'payment_intent',
        coalesce(substring(p.last_error from ', then (\S+) answered too$'), p.id),
        jsonb_build_object('payment_id', p.id, 'note', p.last_error)
    from payments.payment p
    where p.last_error like 'conflict:%'
    union all
    select a.tenant_id, 'provision_second_subaccount', 'subaccount',
        coalesce(substring(a.last_error from 'subaccount (\S+) answered too'), a.id),
        jsonb_build_object('account_id', a.id, 'note', a.last_error)
    from payments.prop_account a
    where a.last_error like 'conflict:%'
    union all
    select a.tenant_id, 'connect_second_account', 'connect_account', a.id,
        jsonb_build_object('note', a.last_error)
    from connect.account a
    where a.last_error like 'conflict:%'
    union all
    select p.tenant_id, 'transfer_conflict', 'transfer',
        coalesce(substring(p.last_error from 'there is (\S+)$'),
            substring(p.last_error from '^conflict: (\S+) is of '), p.id),
        jsonb_build_object('account_id', p.account_id, 'payout_id', p.id, 'note', p.last_error)
    from payouts.payout p
    where p.last_error like 'conflict:%'
    union all
    -- an event whose row of ours cannot be told is the oldest tenant's
    select coalesce(y.tenant_id, p.tenant_id,
            (select t.id from core.tenant t order by t.created_at, t.id limit 1)),
        case when e.type like 'transfer.%' then 'transfer_conflict'
            when e.type like 'charge.dispute.%' then 'dispute_unknown_status'
            else 'payment_second_intent' end,
        case when e.type like 'transfer.%' then 'transfer'
            when e.type like 'charge.dispute.%' then 'dispute'
            else 'payment_intent' end,
        coalesce(e.object_id, e.id),
        jsonb_strip_nulls(jsonb_build_object('account_id', p.account_id, 'payout_id', p.id,
            'payment_id', y.id, 'event_id', e.id, 'note', e.last_error))
    from stripe_events.event e
    left join payouts.payout p on e.type like 'transfer.%'
        and p.id = substring(e.payload from '"(?:purser_object|payout_id)"\s*:\s*"(po_[^"]+)"')
    left join payments.payment y
        on y.id = substring(e.last_error from '^conflict: payment (pay_\S+) ')
    where e.state = 'ignored' and e.last_error like 'conflict%'
)
insert into core.exception (tenant_id, id, kind, object_kind, object_id, detail)
select c.tenant_id,
    'exc_' || lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
        || left(replace(gen_random_uuid()::text, '-', ''), 12)
        || right(gen_random_uuid()::text, 8),
    c.kind, c.object_kind, c.object_id, c.detail
from conflict c
on conflict do nothing;
set local role purser_owner;
drop index payouts.payout_conflict;

do $$
begin
    if (select count(*) from pg_trigger where tgrelid = 'core.exception'::regclass
            and not tgisinternal) <> 3
        or (select count(*) from pg_policy where polrelid = 'core.exception'::regclass) <> 2
    then
        raise exception 'verify: core.exception lacks triggers or policies';
    end if;
end
$$;
