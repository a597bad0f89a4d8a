-- One leg of a transfer on an account that belongs to the tenant's Stripe account, as
-- stripe:clearing.
create or replace function ledger.stripe_leg(p_code text, p_asset text, p_amount numeric)
    returns ledger.leg
    language sql stable
as $$
    select row(p_code, core.stripe_account_name(), p_asset, p_amount)::ledger.leg
$$;
grant execute on function ledger.stripe_leg(text, text, numeric) to purser_background;
