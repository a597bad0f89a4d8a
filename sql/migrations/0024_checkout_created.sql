-- When a checkout was begun, for the request as well as for the job that resumes it: both must know
-- whether Stripe still has its idempotency key.
alter type payments.checkout_row add attribute created_s bigint;
-- In the same transaction: it makes such rows.
create or replace function payments.checkout_answer(p payments.payment)
    returns payments.checkout_row
    language sql stable
as $$
    select row(p.id, p.status, p.stripe_payment_intent_id, p.client_secret, p.amount_cents,
        p.currency, p.user_id, p.tier_id, p.market, p.asset_class, p.account_size, p.failure_code,
        p.failure_message, extract(epoch from p.created_at)::bigint)::payments.checkout_row
$$;

do $$
begin
    if not exists (
        select from pg_catalog.pg_attribute a
        where a.attrelid = 'payments.checkout_row'::regclass and a.attname = 'created_s'
    ) then
        raise exception 'verify: payments.checkout_row must have created_s';
    end if;
end
$$;
