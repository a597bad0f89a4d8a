-- Whether nothing of an open payout's present attempt was sent: it is pending, or Stripe refused
-- the attempt before for now.
create or replace function payouts.attempt_is_unsent(p_payout payouts.payout) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select p_payout.status = 'pending' or p_payout.status = 'processing' and p_payout.sends = 0
$$;
grant execute on function payouts.attempt_is_unsent(payouts.payout) to purser_background;
