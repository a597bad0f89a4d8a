-- What operators may set right: a final status of an account, a PaymentIntent that paid in place of
-- the one that was asked for, a transfer of a canceled payout, an answer of the validator.

-- core.transition_check allows these only while payments and payouts act for an operator
-- (purser.operator is on).
insert into core.transition (machine, from_status, to_status)
values ('prop_account by operator', 'eliminated', 'active'),
    ('prop_account by operator', 'eliminated', 'evaluation'),
    ('prop_account by operator', 'eliminated', 'funded'),
    ('payout by operator', 'canceled', 'paid');

drop trigger fixed on payments.payment;
create trigger fixed before update on payments.payment for each row
    when (
        (old.id, old.tenant_id, old.user_id, old.amount_cents, old.currency, old.idempotency_id)
            is distinct from (new.id, new.tenant_id, new.user_id, new.amount_cents, new.currency,
                new.idempotency_id)
        or (old.stripe_payment_intent_id is not null
            and old.stripe_payment_intent_id is distinct from new.stripe_payment_intent_id
            and (old.status = 'succeeded'
                or current_setting('purser.operator', true) is distinct from 'on')))
    execute function core.refuse('a payment keeps its owner, amount and intent');

-- Answers of the validator that an operator does not believe.
create table payouts.discarded_valuation (
    tenant_id text collate "C" not null,
    valuation_id text collate "C" not null,
    discarded_at timestamptz not null default now(),
    primary key (tenant_id, valuation_id),
    foreign key (tenant_id, valuation_id) references payouts.valuation (tenant_id, id)
);
create trigger append_only before update or delete on payouts.discarded_valuation for each row
    execute function core.refuse('discarded valuations are append-only');
alter table payouts.discarded_valuation enable row level security, force row level security;
create policy tenant on payouts.discarded_valuation to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on payouts.discarded_valuation to purser_background using (true);

do $$
begin
    if (select count(*) from core.transition t where t.machine like '% by operator') <> 4
        or (select count(*) from pg_trigger where tgname in ('fixed', 'append_only') and tgrelid
            in ('payments.payment'::regclass, 'payouts.discarded_valuation'::regclass)) <> 2
    then
        raise exception 'verify: transitions by operators, or triggers, are missing';
    end if;
end
$$;
