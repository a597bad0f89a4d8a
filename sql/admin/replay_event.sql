-- Applies a stored Stripe event again, in whatever state it is.  Idempotent: every effect is stored
-- once, under the id of its object.
--
-- Returns: the event's id; null after a dry run
-- Raises: PU404
-- Locks: the event
-- Tables written: stripe_events.event, admin.audit
create or replace function admin.replay_event(
    p_id text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select from stripe_events.event e
        where e.id = p_id and e.stripe_account in (select s.name from core.stripe_account s))
    then
        raise exception using errcode = 'PU404', message = format('no event %L', p_id);
    end if;
    perform admin.record('replay_event', p_id, '{}', p_reason, false);
    update stripe_events.event e
    set state = 'pending', attempts = 0, parks = 0, next_run_at = now(), applied_at = null,
        last_error = null, lease_holder = null, lease_until = null
    where e.id = p_id and e.stripe_account in (select s.name from core.stripe_account s);
    perform admin.finish('replay_event ' || p_id, p_dry_run);
    return p_id;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.replay_event is 'applies a stored Stripe event again';
