-- What decides that money leaves: the policy of a tenant, the payee of a payout, which is fixed by
-- its request, when a payee and its bank changed, what operators released.

alter table core.tenant
    -- a payout of more is on hold; null = none is
    add column payout_maximum_cents bigint check (payout_maximum_cents > 0),
    -- the sum of what is sent in 24 h; null = any
    add column payout_day_maximum_cents bigint check (payout_day_maximum_cents > 0),
    -- a payout of more needs the release of two operators; null = none does
    add column payout_second_person_cents bigint check (payout_second_person_cents >= 0),
    -- how long a payee that changed is not paid
    add column payee_change_hold_hours int not null default 24
        check (payee_change_hold_hours between 0 and 8760),
    -- how old a reading of the validator may be when money leaves
    add column reading_max_age_s int not null default 900
        check (reading_max_age_s between 1 and 86400);

-- Connect accounts: what payouts ask of a payee.
alter table connect.account
    add column bank_id text collate "C", -- Stripe's fingerprint of the bank account, else its id
    add column payable_since timestamptz, -- when it could first be paid
    add column bank_changed_at timestamptz; -- since then it was another bank account
create function connect.account_is_payable(p_account connect.account) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(p_account.status = 'active' and p_account.payouts_enabled
        and p_account.transfers_enabled, false)
$$;
create function connect.payee_mark() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if new.payable_since is null and connect.account_is_payable(new) then
        new.payable_since := clock_timestamp();
    elsif old.payable_since is not null
        and ((old.bank_name, old.last4) is distinct from (new.bank_name, new.last4)
            or old.bank_id <> new.bank_id or old.bank_id is not null and new.bank_id is null)
    then
        new.bank_changed_at := clock_timestamp();
    end if;
    return new;
end
$$;
grant execute on function connect.account_is_payable(connect.account) to purser_background;
grant select, update on connect.account to purser_background;
set local role purser_background;
update connect.account a
set payable_since = a.created_at
where connect.account_is_payable(a);
set local role purser_owner;
create trigger payee before update on connect.account
    for each row execute function connect.payee_mark();

-- The mark is raised by what payouts take, no longer by a reading alone (payouts.commit_amount).
alter table payouts.estimate
    add column bucket text collate "C", -- of the newest reading
    drop constraint estimate_check;

alter table payouts.payout
    add column bank_name text, -- of the destination, when it was requested, then when it was sent
    add column last4 text,
    add column hold_code text collate "C"; -- what held it when it was last to be sent
drop trigger fixed on payouts.payout;
create trigger fixed before update on payouts.payout for each row
    when (
        (old.id, old.tenant_id, old.user_id, old.account_id, old.valuation_id, old.amount_cents,
        old.currency, old.requested_at)
            is distinct from
            (new.id, new.tenant_id, new.user_id, new.account_id, new.valuation_id, new.amount_cents,
            new.currency, new.requested_at)
        or (old.stripe_transfer_id is not null
            and old.stripe_transfer_id is distinct from new.stripe_transfer_id)
        or new.attempt < old.attempt
        or (old.destination is not null and old.destination is distinct from new.destination
            and current_setting('purser.operator', true) is distinct from 'on'))
    execute function core.refuse('a payout keeps its owner, amount, payee and transfer');

-- Payouts that are pending get the payee that they would have been sent to.
grant select, update on payouts.payout to purser_background;
set local role purser_background;
update payouts.payout p
set connect_account_id = a.id, destination = a.stripe_account_id, bank_name = a.bank_name,
    last4 = a.last4
from (
    select distinct on (c.tenant_id, c.user_id) c.*
    from connect.account c
    where c.payable_since is not null
    order by c.tenant_id, c.user_id, c.id desc) as a
where p.status = 'pending' and p.destination is null
    and a.tenant_id = p.tenant_id and a.user_id = p.user_id;
set local role purser_owner;

-- What operators released: a payout above its tenant's amount needs two of them.
create table payouts.release (
    tenant_id text collate "C" not null,
    payout_id text collate "C" not null,
    attempt int not null,
    released_by text collate "C" not null, -- the operator's login
    destination text collate "C" not null, -- the Stripe account that was to be paid
    released_at timestamptz not null default now(),
    primary key (tenant_id, payout_id, attempt, released_by),
    foreign key (tenant_id, payout_id) references payouts.payout (tenant_id, id)
);
create trigger append_only before update or delete on payouts.release for each row
    execute function core.refuse('releases are append-only');
alter table payouts.release enable row level security, force row level security;
create policy tenant on payouts.release to purser_owner
    using (tenant_id = (select nullif(current_setting('purser.tenant', true), '')));
create policy background on payouts.release to purser_background using (true);

do $$
begin
    if exists (select from pg_constraint k
            where k.conrelid = 'payouts.estimate'::regclass and k.contype = 'c'
                and pg_get_constraintdef(k.oid) like '%highest_cents >= total_cents%')
        or (select count(*) from pg_trigger t where (t.tgrelid, t.tgname) in (
            ('payouts.payout'::regclass, 'fixed'), ('connect.account'::regclass, 'payee'),
            ('payouts.release'::regclass, 'append_only'))) <> 3
        or not exists (select from pg_index i
            where i.indexrelid = to_regclass('payouts.payout_sent') and i.indisvalid)
    then
        raise exception 'verify: a trigger, the index or the rule of the mark is not as it must be';
    end if;
end
$$;
