-- Stores verified events of Stripe accounts, each once; the i-th elements are one event.
-- One insert; no NOTIFY (it would cut the rate to a third), no `set
-- search_path` (see auth.authenticate_session).
--
-- In the order of their ids: two calls with the same events in another order
-- wait for each other and do not deadlock.
--
-- Returns: how many of them are new
-- Tables written: stripe_events.event
create or replace function stripe_events.event_receive(
    p_stripe_account text[], p_id text[], p_type text[], p_account text[], p_livemode boolean[],
    p_created_s bigint[], p_api_version text[], p_object_id text[], p_payload text[]
) returns bigint
    language plpgsql security definer
as $$
declare
    v_new bigint;
begin
    insert into stripe_events.event (stripe_account, id, type, account, livemode, created_s,
        api_version, object_id, payload)
    select e.stripe_account, e.id, e.type, e.account, e.livemode, e.created_s, e.api_version,
        e.object_id, e.payload
    from rows from (pg_catalog.unnest(p_stripe_account), pg_catalog.unnest(p_id),
        pg_catalog.unnest(p_type), pg_catalog.unnest(p_account), pg_catalog.unnest(p_livemode),
        pg_catalog.unnest(p_created_s), pg_catalog.unnest(p_api_version),
        pg_catalog.unnest(p_object_id), pg_catalog.unnest(p_payload))
        as e(stripe_account, id, type, account, livemode, created_s, api_version, object_id,
            payload)
    order by e.stripe_account collate pg_catalog."C", e.id collate pg_catalog."C"
    on conflict (stripe_account, id) do nothing;
    get diagnostics v_new = row_count;
    return v_new;
end
$$;
grant execute on function stripe_events.event_receive(
    text[], text[], text[], text[], boolean[], bigint[], text[], text[], text[]
) to purser_webhooks, purser_jobs;
