-- What Stripe shows beside a payment or a transfer, as rows by Stripe's ids: the balance
-- transactions of disputes and the reversals of transfers.  Each row is posted once, in its own
-- currency (debit positive):
--
-- kind, source                        plus                minus
--   dispute_funds, txn                stripe:disputed     stripe:clearing    withdrawn; negative
--                                                                            when reinstated
--   dispute_lost, dispute_loss.id     losses:disputes     stripe:disputed    lost; negative when
--                                                                            reopened or won
--   trader_payout_reversed, trr       stripe:clearing     recoveries:traders
--   trader_payout_reowed, po          recoveries:traders  costs:traders      owed again: what came
--                                                                            back was no cost

alter table payments.dispute add unique (tenant_id, id);
create table payments.dispute_movement (
    tenant_id text collate "C" not null,
    id text collate "C" not null, -- of Stripe's balance transaction
    -- null: booked before migration 0032, until the dispute is read again
    dispute_id text collate "C",
    amount bigint not null, -- negative: withdrawn
    currency text collate "C" not null,
    type text not null, -- Stripe's
    created_at timestamptz not null, -- at Stripe
    primary key (tenant_id, id),
    foreign key (tenant_id, dispute_id) references payments.dispute (tenant_id, id)
);
create index dispute_movement_dispute_id on payments.dispute_movement (tenant_id, dispute_id);
-- What of a dispute became a loss, or ceased to be one.
create table payments.dispute_loss (
    tenant_id text collate "C" not null,
    id text collate "C" not null, -- dispute:n:currency; before 0032 dispute or dispute:n
    dispute_id text collate "C" not null,
    amount bigint not null check (amount <> 0),
    currency text collate "C" not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id),
    foreign key (tenant_id, dispute_id) references payments.dispute (tenant_id, id)
);
create index dispute_loss_dispute_id on payments.dispute_loss (tenant_id, dispute_id);

create table payouts.reversal (
    tenant_id text collate "C" not null,
    id text collate "C" not null, -- Stripe's
    transfer_id text collate "C" not null,
    payout_id text collate "C" not null,
    amount_cents bigint not null check (amount_cents > 0),
    -- of the amount: booked before there were rows, in a sum (payout.reversed_before_cents)
    booked_before_cents bigint not null default 0
        check (booked_before_cents between 0 and amount_cents),
    currency text collate "C" not null,
    created_at timestamptz not null, -- at Stripe
    primary key (tenant_id, id),
    foreign key (tenant_id, payout_id) references payouts.payout (tenant_id, id)
);
create index reversal_payout_id on payouts.reversal (tenant_id, payout_id);

insert into core.transition (machine, from_status, to_status) values ('payout', 'paid', 'reversed');
alter table payouts.payout
    -- posted by transfer and sum before there were rows of reversals
    add column reversed_before_cents bigint not null default 0 check (reversed_before_cents >= 0),
    add column reowed_at timestamptz, -- an operator let the amount be owed again
    drop constraint payout_check,
    drop constraint payout_check1,
    add constraint payout_transfer
        check ((status in ('paid', 'reversed')) = (stripe_transfer_id is not null)),
    add constraint payout_completed
        check ((status in ('paid', 'reversed')) = (completed_at is not null)),
    add constraint payout_reowed check (reowed_at is null or status = 'reversed');
drop trigger commit on payouts.payout;
create trigger commit after insert or update of status, reowed_at on payouts.payout
    for each row execute function payouts.commit_amount();
-- A program that runs this function before sql/load.sql replaces it would post a sum again; so its
-- transaction fails, and is repeated.
drop function if exists payouts.transfer_reverse(payouts.payout, jsonb);

do $$
declare
    v_table text;
begin
    foreach v_table in array array['payments.dispute_movement', 'payments.dispute_loss',
        'payouts.reversal']
    loop
        execute format('alter table %s enable row level security, force row level security',
            v_table);
        execute format('create policy tenant on %s to purser_owner using '
            || '(tenant_id = (select nullif(current_setting(''purser.tenant'', true), '''')))',
            v_table);
        execute format('create policy background on %s to purser_background using (true)', v_table);
    end loop;
end
$$;

-- What is posted becomes rows.  A payout that came back whole is reversed, and its trader and
-- the operators learn so.
grant select on core.transition, ledger.account, ledger.transfer, ledger.entry to purser_background;
grant select on payments.dispute to purser_background;
grant select, update on payouts.payout, payouts.estimate to purser_background;
grant select, insert on payments.dispute_movement, payments.dispute_loss, webhooks.outbox,
    core.exception to purser_background;
set local role purser_background;
with posted as (
    select t.tenant_id, t.source, t.kind, t.posted_at, a.asset, e.amount
    from ledger.transfer t
    join ledger.entry e on e.tenant_id = t.tenant_id and e.transfer_id = t.id
    join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
    where t.kind in ('dispute_funds', 'dispute_lost')
        and a.code = case t.kind when 'dispute_funds' then 'stripe:disputed'
            else 'losses:disputes' end
), movement as (
    insert into payments.dispute_movement (tenant_id, id, amount, currency, type, created_at)
    select p.tenant_id, p.source, -p.amount, p.asset, 'adjustment', p.posted_at
    from posted p
    where p.kind = 'dispute_funds'
)
insert into payments.dispute_loss (tenant_id, id, dispute_id, amount, currency, created_at)
select p.tenant_id, p.source, split_part(p.source, ':', 1), p.amount, p.asset, p.posted_at
from posted p
where p.kind = 'dispute_lost';

update payouts.payout p
set reversed_before_cents = p.reversed_cents,
    status = case when p.reversed_cents >= p.amount_cents then 'reversed' else p.status end
where p.reversed_cents > 0;
with reversed as (
    select p.*, lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
        || left(replace(gen_random_uuid()::text, '-', ''), 20) as new_id
    from payouts.payout p
    where p.status = 'reversed'
), message as (
    insert into webhooks.outbox (id, tenant_id, api, type, object_id, dedupe, data)
    select 'msg_' || r.new_id, r.tenant_id, 'prop', 'payout.reversed', r.id, r.id,
        jsonb_build_object(
            'id', r.id,
            'amount_cents', r.amount_cents,
            'currency', r.currency,
            'status', r.status,
            'stripe_transfer_id', r.stripe_transfer_id,
            'failure_reason', r.failure_reason,
            'requested_at', to_char(r.requested_at at time zone 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'completed_at', to_char(r.completed_at at time zone 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    from reversed r
)
insert into core.exception (tenant_id, id, kind, object_kind, object_id, detail)
select r.tenant_id, 'exc_' || r.new_id, 'payout_reversed', 'payout', r.id,
    jsonb_build_object('transfer_id', r.stripe_transfer_id, 'amount_cents', r.amount_cents,
        'currency', r.currency)
from reversed r;

do $$
begin
    if exists (
        select from payments.dispute d
        where d.lost_cents <> (select coalesce(sum(l.amount), 0) from payments.dispute_loss l
            where l.tenant_id = d.tenant_id and l.dispute_id = d.id))
    then
        raise exception 'verify: what disputes have lost differs from their postings';
    elsif (select count(*) from payments.dispute_movement)
        <> (select count(*) from ledger.transfer t where t.kind = 'dispute_funds')
    then
        raise exception 'verify: each posted movement of a dispute must be a row';
    elsif (select count(*) from webhooks.outbox o where o.type = 'payout.reversed')
        <> (select count(*) from payouts.payout p where p.reversed_cents >= p.amount_cents)
    then
        raise exception 'verify: payouts that came back whole must be announced as reversed';
    end if;
end
$$;
set local role purser_owner;
alter table payments.dispute drop column lost_cents, drop column lost_posts;
