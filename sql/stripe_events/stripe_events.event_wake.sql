-- Makes the events that wait for this PaymentIntent of the tenant's Stripe account due at once.
--
-- An event that is being parked by an uncommitted transaction is not seen; it
-- comes back by itself, since a parked event is tried again with back-off.
--
-- Locks: the parked events (after payment and ledger; callers hold the payment's lock, so
--   two calls never deadlock)
-- Tables written: stripe_events.event
create or replace function stripe_events.event_wake(p_intent_id text) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update stripe_events.event e
    set state = 'pending', next_run_at = now()
    where e.state = 'parked' and e.waits_for = p_intent_id
        and e.stripe_account = core.stripe_account_name();
end
$$;
grant execute on function stripe_events.event_wake(text) to purser_background;
