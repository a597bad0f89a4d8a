-- Refuses while something holds the payout.  The reason is looked up once: another session may end
-- it at any moment.
--
-- Parameters: as payouts.hold_reason
-- Raises: PU437 with the reason
create or replace function payouts.hold_check(p_payout payouts.payout) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_hold text := payouts.hold_reason(p_payout);
begin
    if v_hold is not null then
        raise exception using errcode = 'PU437', message = v_hold;
    end if;
end
$$;
grant execute on function payouts.hold_check(payouts.payout) to purser_background;
