-- What holds an open payout of the transaction's tenant (payouts.may_send), as payouts.payout_row_v
-- shows it to clients, with whose rights the view calls it.
--
-- What is read before money leaves is a reason only after that was tried in vain
-- (payouts.read_in_vain), and for as long as it lasts.
--
-- Returns: null = nothing
create or replace function payouts.hold_reason(p_id text) returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(h.reason, case when payouts.read_in_vain(p)
            then (payouts.may_send(p, true)).reason end)
        from payouts.payout p
        cross join lateral payouts.may_send(p, false) as h
        where p.tenant_id = current_setting('purser.tenant', true) and p.id = p_id);
end
$$;
grant execute on function payouts.hold_reason(text) to purser_background, purser_payouts;
