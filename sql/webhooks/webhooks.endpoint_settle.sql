-- What the attempts of a moment say of their endpoint.  A success ends its failing.  One that fails
-- is left alone for a tenth of the time since when, from 1 s to 30 s: so a dead one costs next to
-- nothing.  One that has failed for ten minutes is told to the tenant's other endpoints once.  An
-- answer 410, or a failure when there was no success for five days, disables it: its events are
-- kept, and webhooks.endpoint_recover sends them.
--
-- Locks: the endpoint
-- Tables written: webhooks.endpoint, webhooks.outbox
create or replace function webhooks.endpoint_settle(
    p_tenant text, p_id text, p_succeeded boolean, p_gone boolean
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_before webhooks.endpoint;
    v_after webhooks.endpoint;
begin
    select e.* into strict v_before
    from webhooks.endpoint e
    where (e.tenant_id, e.id) = (p_tenant, p_id)
    for no key update;
    v_after := v_before;
    if p_succeeded then
        v_after.last_success_at := now();
        v_after.failing_since := null;
        v_after.paused_until := null;
        v_after.told_at := null;
    else
        v_after.failing_since := coalesce(v_before.failing_since, now());
        v_after.paused_until := now() + least(greatest((now() - v_after.failing_since) / 10,
            interval '1 s'), interval '30 s');
        if v_after.failing_since <= now() - interval '10 min' then
            v_after.told_at := coalesce(v_before.told_at, now());
        end if;
    end if;
    if p_gone or not p_succeeded and coalesce(greatest(v_before.last_success_at,
        v_before.trusted_at) <= now() - interval '5 days', false)
    then
        v_after.disabled_at := coalesce(v_before.disabled_at, now());
        v_after.disabled_reason := coalesce(v_before.disabled_reason, case when p_gone
            then 'it answered 410 Gone' else 'there was no success for 5 days' end);
    end if;
    if v_after is not distinct from v_before then
        return;
    end if;
    update webhooks.endpoint e
    set last_success_at = v_after.last_success_at, failing_since = v_after.failing_since,
        paused_until = v_after.paused_until, told_at = v_after.told_at,
        disabled_at = v_after.disabled_at, disabled_reason = v_after.disabled_reason
    where (e.tenant_id, e.id) = (p_tenant, p_id);
    perform webhooks.endpoint_publish(v_before, v_after);
end
$$;
