-- Ends an event: applied, ignored or failed, with a note for operators.  An
-- applied event stays so.
--
-- Parameters: p_state also stranger (about an object that is not ours) or unused (of a type that we
--   do not apply): ignored, and counted once
-- Raises: PU900 another state
-- Locks: the event, the counter
-- Tables written: stripe_events.event, stripe_events.passed
create or replace function stripe_events.event_finish(
    p_stripe_account text, p_id text, p_state text, p_note text
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_event stripe_events.event;
begin
    if p_state is null or p_state not in ('applied', 'ignored', 'failed', 'stranger', 'unused') then
        raise exception using errcode = 'PU900',
            message = format('%L is no final state of an event', p_state), detail = p_id;
    end if;
    select * into v_event
    from stripe_events.event e
    where e.stripe_account = p_stripe_account and e.id = p_id and e.state <> 'applied'
    for no key update;
    if not found then
        return;
    end if;
    update stripe_events.event e
    set state = case when p_state in ('stranger', 'unused') then 'ignored' else p_state end,
        last_error = p_note, lease_holder = null, lease_until = null, waits_for = null,
        applied_at = case p_state when 'applied' then now() end
    where e.stripe_account = p_stripe_account and e.id = p_id;
    if p_state in ('stranger', 'unused') and v_event.state in ('pending', 'parked') then
        perform stripe_events.passed_count(p_stripe_account, p_state, v_event.type, 1);
    end if;
end
$$;
grant execute on function stripe_events.event_finish(text, text, text, text) to purser_jobs;
