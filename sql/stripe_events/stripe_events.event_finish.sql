-- Ends an event: applied, ignored or failed, with a note for operators.  An
-- applied event stays so.
--
-- Raises: PU900 another state
-- Locks: the event
-- Tables written: stripe_events.event
create or replace function stripe_events.event_finish(p_id text, p_state text, p_note text)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_state is null or p_state not in ('applied', 'ignored', 'failed') then
        raise exception using errcode = 'PU900',
            message = format('%L is no final state of an event', p_state), detail = p_id;
    end if;
    update stripe_events.event e
    set state = p_state, last_error = p_note, lease_holder = null, lease_until = null,
        waits_for = null, applied_at = case p_state when 'applied' then now() end
    where e.id = p_id and e.state <> 'applied';
end
$$;
grant execute on function stripe_events.event_finish(text, text, text) to purser_jobs;
