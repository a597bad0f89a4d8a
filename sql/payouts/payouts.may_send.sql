-- Whether money may leave for a payout, whoever asks: request, submit, retry, purser-jobs, an
-- operator.  The one place that decides it.  It locks nothing, and names the first that holds the
-- payout, in this order:
--
--   suspended      the account is suspended
--   not_funded     the account is not funded
--   reading        the validator did not confirm that in the tenant's reading_max_age_s
--   total          payouts have taken more than the validator's total
--   reading        Stripe did not confirm the payee in reading_max_age_s
--   payee          the payee of this payout cannot be paid
--   payee_changed  it is not the user's first, or has another bank account, since less than
--                  payee_change_hold_hours
--   maximum        more than payout_maximum_cents
--   day_maximum    with what was sent in 24 h more than payout_day_maximum_cents
--   exception      an open exception of the payout, its account or its payee
--   inquiry        an open inquiry about the payment of its account
--   unread         what Stripe did may be unknown here (stripe_events.unread_reason)
--   second_person  more than payout_second_person_cents, without the releases of two operators
--
-- Parameters: p_payout also one that is not stored yet: without id and status; p_leaves money
--   leaves now, so that both readings and Stripe's lists must be new: else they are read before it
--   leaves
-- Returns: code null = it may; reason for traders and operators
create or replace function payouts.may_send(
    p_payout payouts.payout, p_leaves boolean, out code text, out reason text
)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    select * into code, reason from payouts.account_hold(p_payout, p_leaves);
    if code is null then
        select * into code, reason from payouts.payee_hold(p_payout, p_leaves);
    end if;
    if code is null then
        select * into code, reason from payouts.amount_hold(p_payout);
    end if;
    if code is null then
        select * into code, reason from payouts.case_hold(p_payout);
    end if;
    if code is null and p_leaves then
        select 'unread', u into code, reason
        from stripe_events.unread_reason(p_payout.id) as u
        where u is not null;
    end if;
    if code is null then
        select * into code, reason from payouts.release_hold(p_payout);
    end if;
end
$$;
grant execute on function payouts.may_send(payouts.payout, boolean) to purser_owner;
