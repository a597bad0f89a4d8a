-- Attempt tokens: the leases of a row are numbered.  What an upstream answered names the lease
-- under which it was asked, so that the answer of a holder who lost the lease meanwhile (frozen, or
-- cut off from the database) is recognised.
--
-- It locks each table at once, changes the catalogue only and reads no row; while the locks cannot
-- be had, requests wait behind it, so it gives up after 10 s, and the load is to be repeated.
set local lock_timeout = '10s';
lock table payments.payment, payments.prop_account, payments.refund_intent, connect.account,
    payouts.payout in access exclusive mode;

-- Replaced by its file; migrations before the load need it here.
create function core.lease_number() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    new.lease_no := old.lease_no + 1;
    return new;
end
$$;
do $$
declare
    c_tables constant regclass[] := array['payments.payment', 'payments.prop_account',
        'payments.refund_intent', 'connect.account', 'payouts.payout'];
    v_table regclass;
begin
    foreach v_table in array c_tables loop
        execute format('alter table %s add column lease_no int not null default 0', v_table);
        execute format('create trigger lease_no before update of lease_until on %s for each row '
            'when (new.lease_holder is not null '
            'and new.lease_until is distinct from old.lease_until) '
            'execute function core.lease_number()', v_table);
    end loop;
end
$$;

-- The names of instances that leases carry: each belongs to one live process.
create table core.instance (
    name text collate "C" primary key, -- "host:program"
    token text collate "C" not null, -- random, of the process
    machine text not null, -- on which its pid means the same process
    process text not null, -- pid and start
    started_at timestamptz not null default clock_timestamp(),
    seen_at timestamptz not null default clock_timestamp()
);

-- The failure that failure_code tells: its charge, or what else tells it from the one before.
alter table payments.payment add column failure_id text;

-- A look since the last create found nothing, so another create may be made.
alter table payments.prop_account add column looked boolean not null default false;

alter type payments.checkout_row add attribute lease_no int;
-- In the same transaction: it makes such rows.  The load replaces it.
create or replace function payments.checkout_answer(p payments.payment)
    returns payments.checkout_row
    language sql stable
as $$
    select row(p.id, p.status, p.stripe_payment_intent_id, p.client_secret, p.amount_cents,
        p.currency, p.user_id, p.tier_id, p.market, p.asset_class, p.account_size, p.failure_code,
        p.failure_message, extract(epoch from p.created_at)::bigint, p.tenant_id,
        (select i.id from core.installation i), p.lease_no)::payments.checkout_row
$$;

do $$
begin
    if (select count(*) from pg_trigger t where t.tgname = 'lease_no') <> 5
        or (select count(*) from pg_attribute a
            where a.attname = 'lease_no' and (a.attrelid = 'payments.checkout_row'::regclass
                or a.attrelid in (select t.tgrelid from pg_trigger t
                    where t.tgname = 'lease_no'))) <> 6
    then
        raise exception 'verify: leases are not numbered everywhere';
    end if;
end
$$;
