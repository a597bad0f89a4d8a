-- Whether nothing of an open payout's present attempt was sent, nor is being sent: it is pending,
-- or Stripe refused the attempt before for now and nobody asks for the next one.
create or replace function payouts.is_unsent(p_payout payouts.payout) returns boolean
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select payouts.attempt_is_unsent(p_payout)
        and (p_payout.status = 'pending' or p_payout.lease_holder is null)
$$;
grant execute on function payouts.is_unsent(payouts.payout) to purser_background;
