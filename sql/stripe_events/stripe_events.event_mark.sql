-- Marks the event whose effect this transaction writes and returns p_outcome: applied,
-- ignored or stranger (p_note is the reason), or parked until p_note, a PaymentIntent, is known and
-- paid.  A parked event is also due again after 2 s, 4 s, ... 6 h by itself: the
-- stripe_events.event_wake for it may have committed before it was parked.
--
-- The event is one of the Stripe account of the transaction's tenant.
--
-- Parameters: p_event_id null = reconciling, nothing to mark
-- Returns: p_outcome
-- Locks: the event, the counter (last)
-- Tables written: stripe_events.event, stripe_events.passed
create or replace function stripe_events.event_mark(p_event_id text, p_outcome text, p_note text)
    returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_event_id is null then
        return p_outcome;
    elsif p_outcome = 'parked' then
        update stripe_events.event e
        set state = 'parked', waits_for = p_note, parks = e.parks + 1, attempts = 0,
            next_run_at = now()
                + least(interval '6 h', interval '1 s' * 2 ^ least(e.parks + 1, 15)),
            lease_holder = null, lease_until = null
        where e.stripe_account = core.stripe_account_name() and e.id = p_event_id
            and e.state in ('pending', 'parked');
    else
        perform stripe_events.event_finish(core.stripe_account_name(), p_event_id, p_outcome,
            p_note);
    end if;
    return p_outcome;
end
$$;
