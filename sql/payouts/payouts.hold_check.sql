-- Refuses while something holds the payout.
--
-- Parameters: as payouts.may_send, for money that does not leave yet; p_but a code of it that is
--   no reason here
-- Raises: PU432 by its payee, PU433 it is no longer owed, PU437 anything else; with the reason
create or replace function payouts.hold_check(p_payout payouts.payout, p_but text default null)
    returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_hold record;
begin
    select * into v_hold from payouts.may_send(p_payout, false);
    if v_hold.code is distinct from p_but and v_hold.code is not null then
        raise exception using message = v_hold.reason,
            errcode = case v_hold.code when 'payee' then 'PU432' when 'total' then 'PU433'
                else 'PU437' end;
    end if;
end
$$;
grant execute on function payouts.hold_check(payouts.payout, text) to purser_background;
