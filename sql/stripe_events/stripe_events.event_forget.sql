-- Empties an event of the Stripe account of the transaction's tenant: the person of whom it speaks
-- was erased.
--
-- Parameters: p_event_id null = there is none
-- Locks: the event
-- Tables written: stripe_events.event
create or replace function stripe_events.event_forget(p_event_id text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    update stripe_events.event e
    set payload = '{}'
    where e.stripe_account = core.stripe_account_name() and e.id = p_event_id
$$;
