-- Stores a verified Stripe event once.  One insert; no NOTIFY (it would cut the
-- rate to a third), no `set search_path` (see auth.authenticate_session).
--
-- Returns: true when the event is new
-- Tables written: webhooks.stripe_event
create or replace function webhooks.stripe_event_receive(
    p_id text, p_type text, p_account text, p_livemode boolean, p_created_s bigint, p_api_version text,
    p_object_id text, p_payload text
) returns boolean
    language plpgsql security definer
as $$
begin
    insert into webhooks.stripe_event (id, type, account, livemode, created_s, api_version, object_id, payload)
    values (p_id, p_type, p_account, p_livemode, p_created_s, p_api_version, p_object_id, p_payload)
    on conflict (id) do nothing;
    return found;
end
$$;
