-- Refuses a request whose amount cannot be paid out.
--
-- Parameters: p_payout of payouts.payout_new, of what is owed; p_amount_cents what the client
--   expects, null = whatever is owed
-- Raises: PU433 nothing, or less than the minimum; PU421 another amount
create or replace function payouts.owed_check(p_payout payouts.payout, p_amount_cents bigint)
    returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_minimum bigint := (
        select t.payout_minimum_cents from core.tenant t where t.id = p_payout.tenant_id);
begin
    if p_payout.amount_cents <= 0 then
        raise exception using errcode = 'PU433', message = 'nothing is owed';
    elsif p_payout.amount_cents < v_minimum then
        raise exception using errcode = 'PU433', message = format(
            'less than the minimum of %s USD is owed', payouts.usd(v_minimum));
    elsif p_amount_cents <> p_payout.amount_cents then
        raise exception using errcode = 'PU421', message = 'the amount differs from what is owed',
            column = 'amount_cents';
    end if;
end
$$;
