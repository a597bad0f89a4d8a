-- One leg of a transfer, for ledger.post: debit positive, credit negative, in the asset's smallest
-- unit.  p_owner is empty for an account of the tenant itself.
create or replace function ledger.leg(
    p_code text, p_asset text, p_amount numeric, p_owner text default ''
) returns ledger.leg
    language sql immutable
as $$
    select row(p_code, p_owner, p_asset, p_amount)::ledger.leg
$$;
grant execute on function ledger.leg(text, text, numeric, text) to purser_background;
