-- A transfer of ours that is not its payout's, or that our metadata names without a row: it is an
-- exception at once, and its money is booked to suspense:payouts, with what reversals brought back.
-- One that came back whole is an exception no longer, unless its row is missing; its row tells that
-- it was one.
--
-- Stripe may answer our call with another application's transfer; that money is not ours to book.
--
-- Parameters: p_payout locked by the caller, null = there is no row; p_why it does not fit
-- Returns: the exception's kind
-- Tables written: core.exception, ledger.*
create or replace function payouts.transfer_unexpected(
    p_payout payouts.payout, p_transfer jsonb, p_why text
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind text := case when p_payout.id is null then 'transfer_without_row'
        else 'transfer_conflict' end;
    v_id text := p_transfer ->> 'id';
    v_whole boolean := p_payout.id is not null
        and p_transfer -> 'amount_reversed' = p_transfer -> 'amount';
begin
    if core.metadata_is_ours(p_transfer -> 'metadata')
        or p_transfer #>> '{metadata,payout_id}' = p_payout.id
        or payouts.transfer_is_by_hand(p_transfer, p_payout.id)
    then
        perform payouts.transfer_suspend('transfer_unexpected', p_transfer, p_transfer, 1);
        perform payouts.transfer_suspend('transfer_unexpected_reversed', p_transfer, r.value, -1)
        from jsonb_array_elements(
            case jsonb_typeof(p_transfer #> '{reversals,data}') when 'array'
                then p_transfer #> '{reversals,data}' else '[]' end) as r;
    end if;
    if not v_whole or not exists (
        select from core.exception e
        where e.tenant_id = p_payout.tenant_id and e.kind = v_kind and e.object_id = v_id)
    then
        perform core.exception_open(v_kind, 'transfer', v_id, jsonb_strip_nulls(jsonb_build_object(
            'payout_id', p_payout.id, 'account_id', p_payout.account_id,
            'payout_amount', p_payout.amount_cents, 'payout_transfer', p_payout.stripe_transfer_id,
            'why', p_why, 'amount', p_transfer -> 'amount', 'currency', p_transfer ->> 'currency',
            'destination', p_transfer ->> 'destination', 'metadata', p_transfer -> 'metadata',
            'by_hand', nullif(payouts.transfer_is_by_hand(p_transfer, p_payout.id), false))));
    end if;
    if v_whole then
        perform core.exception_resolve(v_kind, v_id, 'it was reversed at Stripe');
    end if;
    return v_kind;
end
$$;
grant execute on function payouts.transfer_unexpected(payouts.payout, jsonb, text)
    to purser_background;
