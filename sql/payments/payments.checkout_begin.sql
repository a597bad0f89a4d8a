-- Commits the intent to charge: a payment 'creating', leased to the caller.
-- An Idempotency-Key that made a payment before returns that payment, at its price, even
-- if the tier was changed since.  While it is 'creating' the caller takes over its lease:
-- the provider key is the payment's id, so a second call of Stripe in parallel is the
-- same call.
--
-- Parameters: the client's six fields (p_currency null = usd); p_holder with p_lease_ms;
--   p_keys as in core.stripe_account_need
-- Returns: payments.checkout_row
-- Raises: PU420, PU422 as payments.tier_match, PU421 amount (also: the tier is free), PU438 there
--   is no key for the tenant's Stripe account
-- Locks: payment (after the idempotency row, which core.idempotency_begin locked)
-- Tables written: payments.payment
create or replace function payments.checkout_begin(
    p_tier text, p_market text, p_asset_class text, p_account_size bigint, p_amount_cents bigint,
    p_currency text, p_holder text, p_lease_ms int, p_keys text[] default null
) returns payments.checkout_row
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_principal text := current_setting('purser.principal', true);
    v_idempotency bigint := nullif(current_setting('purser.idempotency', true), '')::bigint;
    v_until timestamptz := clock_timestamp() + p_lease_ms * interval '1 ms';
    v_tier payments.tier;
    v_payment payments.payment;
begin
    perform core.stripe_account_need(p_keys);
    if v_idempotency is not null then
        update payments.payment p
        set lease_holder = p_holder, lease_until = v_until, next_run_at = v_until,
            updated_at = now()
        where p.idempotency_id = v_idempotency and p.tenant_id = v_tenant
            and p.user_id = v_principal
            and p.status = 'creating'
        returning * into v_payment;
        if not found then
            select * into v_payment
            from payments.payment p
            where p.idempotency_id = v_idempotency and p.tenant_id = v_tenant
                and p.user_id = v_principal;
        end if;
        if v_payment.id is not null then
            return payments.checkout_answer(v_payment);
        end if;
    end if;

    v_tier := payments.tier_match(p_tier, coalesce(p_market, ''), p_asset_class, p_account_size,
        coalesce(p_currency, 'usd'));
    if v_tier.price_cents = 0 then
        raise exception using errcode = 'PU421', column = 'amount_cents',
            message = 'the tier is free: POST /v2/payments/free opens its account';
    elsif p_amount_cents is distinct from v_tier.price_cents then
        raise exception using errcode = 'PU421', column = 'amount_cents',
            message = format('amount_cents differs from the tier''s price, %s %s',
                v_tier.price_cents, v_tier.currency);
    end if;

    insert into payments.payment
        (id, tenant_id, user_id, tier_id, market, asset_class, account_size, amount_cents, currency,
            status, idempotency_id, lease_holder, lease_until, next_run_at)
    values (core.new_id('pay'), v_tenant, v_principal, v_tier.id, v_tier.market, v_tier.asset_class,
        v_tier.account_size, v_tier.price_cents, v_tier.currency, 'creating', v_idempotency,
        p_holder, v_until, v_until)
    returning * into v_payment;
    return payments.checkout_answer(v_payment);
end
$$;
grant execute on function payments.checkout_begin(
    text, text, text, bigint, bigint, text, text, int, text[]
) to purser_payments;
