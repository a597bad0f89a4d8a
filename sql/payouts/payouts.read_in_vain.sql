-- Whether what an open payout waits for was to be read when it was last to be sent, in vain.  Such
-- a thing is no reason by itself: it is read before money leaves.
create or replace function payouts.read_in_vain(p_payout payouts.payout) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(p_payout.hold_code in ('unconfirmed', 'unread'), false)
$$;
grant execute on function payouts.read_in_vain(payouts.payout) to purser_background;
