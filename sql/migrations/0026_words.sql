-- One word for a thing everywhere.  api: what a path belongs to, was surface.  program, was worker
-- and family.  valuation: what the validator says an account has earned, was reading.  transition:
-- a change of a status that is allowed, was step; one table for all of them.
alter table core.idempotency rename column surface to api;
alter table webhooks.outbox rename column surface to api;
alter table core.worker rename to program;
alter table core.program rename column family to program;

alter table payouts.reading rename to valuation;
alter table payouts.estimate rename column reading_id to valuation_id;
alter table payouts.payout rename column reading_id to valuation_id;
alter index payouts.reading_account rename to valuation_account;
-- The ids that were given stay.
alter table payouts.valuation drop constraint reading_id_check,
    add constraint valuation_id_check check (id like 'val\_%' or id like 'rdg\_%') not valid;

create table core.transition (
    machine text collate "C", -- the argument of the trigger that asks
    from_status text collate "C", -- '' = insert
    to_status text collate "C",
    primary key (machine, from_status, to_status)
);
insert into core.transition
select 'payment', s.from_status, s.to_status from payments.payment_step s
union all
select 'prop_account', s.from_status, s.to_status from payments.prop_account_step s
union all
select 'payout', s.from_status, s.to_status from payouts.payout_step s;

-- State machine: trigger function of each table with a status.  A row starts and changes its
-- status only as the rows of core.transition allow for the machine that the trigger's argument
-- names; from_status '' = insert.
--
-- Raises: PU900
create or replace function core.transition_check() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_from text collate "C" := '';
begin
    if TG_OP = 'UPDATE' then
        v_from := old.status;
        if v_from = new.status then
            return new;
        end if;
    end if;
    if not exists (
        select from core.transition t
        where t.machine = TG_ARGV[0] and t.from_status = v_from and t.to_status = new.status)
    then
        raise exception using
            errcode = 'PU900',
            message = format('%s may not go from %L to %L', TG_TABLE_NAME, v_from, new.status),
            detail = new.id;
    end if;
    return new;
end
$$;
drop trigger step on payments.payment;
drop trigger step on payments.prop_account;
drop trigger step on payouts.payout;
create trigger transition before insert or update of status on payments.payment
    for each row execute function core.transition_check('payment');
create trigger transition before insert or update of status on payments.prop_account
    for each row execute function core.transition_check('prop_account');
create trigger transition before insert or update of status on payouts.payout
    for each row execute function core.transition_check('payout');
drop function payments.step_check();
drop function payouts.step_check();
drop table payments.payment_step, payments.prop_account_step, payouts.payout_step;

do $$
begin
    if (select count(*) from core.transition) <> 63
        or (select count(*) from pg_trigger where tgfoid = 'core.transition_check'::regproc) <> 3
    then
        raise exception 'verify: % transitions, three triggers check them',
            (select count(*) from core.transition);
    end if;
end
$$;
