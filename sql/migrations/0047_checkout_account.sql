-- A checkout is answered with its tenant's Stripe account, by whose key Stripe is asked.
alter type payments.checkout_row add attribute stripe_account text;
-- In the same transaction: it makes such rows.  The load replaces it.
create or replace function payments.checkout_answer(p payments.payment)
    returns payments.checkout_row
    language sql stable
as $$
    select row(p.id, p.status, p.stripe_payment_intent_id, p.client_secret, p.amount_cents,
        p.currency, p.user_id, p.tier_id, p.market, p.asset_class, p.account_size, p.failure_code,
        p.failure_message, extract(epoch from p.created_at)::bigint, p.tenant_id,
        (select i.id from core.installation i), p.lease_no, null)::payments.checkout_row
$$;

do $$
begin
    if not exists (
        select from pg_attribute a
        where a.attrelid = 'payments.checkout_row'::regclass and a.attname = 'stripe_account')
    then
        raise exception 'verify: a checkout must have its Stripe account';
    end if;
end
$$;
