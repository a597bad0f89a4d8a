-- What Stripe's answers do to rows.  A payout or refund that Stripe refused for now is asked for
-- again later, under another key; a payee whose Stripe account is gone is paid no more.

-- attempt names the key and the metadata at Stripe; the ledger counts how often the amount became
-- owed, which another key alone does not do.
alter table payouts.payout
    add column owed_count int not null default 1 check (owed_count between 1 and attempt),
    add column sends int not null default 0, -- of this attempt's key, counted before the call
    add column deferrals int not null default 0, -- how often Stripe refused for now
    add column woken_at timestamptz; -- money came in at Stripe, so it may go through
alter table payments.refund_intent
    add column attempt int not null default 1, -- names the key
    add column sends int not null default 0,
    add column deferrals int not null default 0,
    add column woken_at timestamptz;
create index payout_deferred on payouts.payout (id) where status = 'processing' and deferrals > 0;
create index refund_intent_deferred on payments.refund_intent (id)
    where status = 'open' and deferrals > 0;

-- gone: deleted, or it has left our platform.  Nothing but an operator ends that.
alter table connect.account
    add column gone_at timestamptz,
    add column gone_reason text,
    add constraint account_gone check (gone_at is null
        or (status = 'disabled' and not onboarding and not payouts_enabled
            and not transfers_enabled and not charges_enabled));
\ir ../core/core.refuse.sql
create trigger gone_is_final before update on connect.account for each row
    when (old.gone_at is not null and new.gone_at is distinct from old.gone_at
        and current_setting('purser.operator', true) is distinct from 'on')
    execute function core.refuse('a Connect account that is gone does not come back by itself');

-- What may have been sent already, as far as these rows tell, was.
grant select, update on payouts.payout, payments.refund_intent, connect.account
    to purser_background;
set local role purser_background;
update payouts.payout p set owed_count = p.attempt where p.attempt > 1;
update payouts.payout p set sends = 2 where p.status = 'processing';
update payments.refund_intent i set sends = 2 where i.status = 'open' and i.sent_at is not null;
update connect.account a
set gone_at = a.deauthorized_at, gone_reason = 'account.application.deauthorized',
    payouts_enabled = false, transfers_enabled = false, charges_enabled = false, onboarding = false
where a.deauthorized_at is not null and a.status = 'disabled';
set local role purser_owner;

do $$
begin
    if (select count(*) from pg_attribute
            where attrelid in ('payouts.payout'::regclass, 'payments.refund_intent'::regclass)
                and attname in ('sends', 'deferrals', 'woken_at')) <> 6
        or not exists (select from pg_trigger
            where tgrelid = 'connect.account'::regclass and tgname = 'gone_is_final')
    then
        raise exception 'verify: deferred rows or accounts that are gone lack columns';
    end if;
end
$$;
