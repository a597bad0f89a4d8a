-- One leg of a transfer on an account that belongs to the tenant's Stripe account, as
-- stripe:clearing.  ledger.post knows its owner.
create or replace function ledger.stripe_leg(p_code text, p_asset text, p_amount numeric)
    returns ledger.leg
    language sql immutable
as $$
    select row(p_code, null, p_asset, p_amount)::ledger.leg
$$;
grant execute on function ledger.stripe_leg(text, text, numeric) to purser_background;
