-- Sends a delivery again, also one that arrived: at once, with the id of its event as before, and
-- by the schedule of a new one.
--
-- Returns: the delivery as webhooks.delivery_v shows it
-- Raises: PU404; PU412 the endpoint is not active
-- Locks: the endpoint, the delivery
-- Tables written: webhooks.delivery
create or replace function webhooks.delivery_resend(p_api text, p_endpoint text, p_id text)
    returns webhooks.delivery_v
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_endpoint webhooks.endpoint := webhooks.endpoint_lock(p_api, p_endpoint);
    v_answer webhooks.delivery_v;
begin
    perform webhooks.endpoint_need(v_endpoint);
    if v_endpoint.disabled_at is not null then
        raise exception using errcode = 'PU412',
            message = 'the webhook endpoint is disabled: recover it, which sends what it missed';
    end if;
    update webhooks.delivery d
    set status = 'pending', tries = 0, next_run_at = now()
    where (d.tenant_id, d.endpoint_id, d.id) = (v_endpoint.tenant_id, p_endpoint, p_id)
        and d.lease_holder is null;
    select * into v_answer
    from webhooks.delivery_v v
    where v.endpoint_id = p_endpoint and v.id = p_id;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_answer;
end
$$;
grant execute on function webhooks.delivery_resend(text, text, text)
    to purser_background, purser_webhooks;
