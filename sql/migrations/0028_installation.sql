-- The id of this installation in the metadata of what it makes at Stripe: random, so that two
-- installations at one Stripe account do not take each other's objects.
create table core.installation (
    only_row boolean primary key default true check (only_row),
    id text collate "C" not null check (id like 'ins\_%'),
    created_at timestamptz not null default now()
);
insert into core.installation (id)
values ('ins_' || replace(gen_random_uuid()::text, '-', ''));

alter type payments.checkout_row add attribute tenant_id text, add attribute installation text;
-- In the same transaction: it makes such rows.  sql/load.sql replaces it at once.
create or replace function payments.checkout_answer(p payments.payment)
    returns payments.checkout_row
    language sql stable
as $$
    select row(p.id, p.status, p.stripe_payment_intent_id, p.client_secret, p.amount_cents,
        p.currency, p.user_id, p.tier_id, p.market, p.asset_class, p.account_size, p.failure_code,
        p.failure_message, extract(epoch from p.created_at)::bigint, p.tenant_id,
        null)::payments.checkout_row
$$;

do $$
begin
    if (select count(*) from core.installation) <> 1 then
        raise exception 'verify: there must be one installation';
    end if;
end
$$;
