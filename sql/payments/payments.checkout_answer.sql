-- A payment as the checkout functions return it.
create or replace function payments.checkout_answer(p payments.payment)
    returns payments.checkout_row
    language sql stable
as $$
    select row(p.id, p.status, p.stripe_payment_intent_id, p.client_secret, p.amount_cents,
        p.currency, p.user_id, p.tier_id, p.market, p.asset_class, p.account_size, p.failure_code,
        p.failure_message, extract(epoch from p.created_at)::bigint, p.tenant_id,
        core.installation_id(), p.lease_no,
        core.stripe_account_of(p.tenant_id))::payments.checkout_row
$$;
