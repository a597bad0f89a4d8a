-- Stripe's events and the bookmark of the reading of its list belong to module stripe_events;
-- webhooks is what goes out.
alter table webhooks.stripe_event set schema stripe_events;
alter table stripe_events.stripe_event rename to event;
alter table webhooks.backfill set schema stripe_events;

do $$
begin
    if to_regclass('stripe_events.event') is null or to_regclass('stripe_events.backfill') is null
        or to_regclass('webhooks.stripe_event') is not null then
        raise exception 'verify: stripe_events must have event and backfill';
    end if;
end
$$;
