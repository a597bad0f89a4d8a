-- Is an event of this type sent to an endpoint that asked for these?
create or replace function webhooks.event_is_for(p_api text, p_type text, p_events text[])
    returns boolean
    language sql stable
as $$
    select p_events && array[p_type, '*']
        and exists (select from webhooks.api a where a.api = p_api and p_type = any (a.events))
$$;
grant execute on function webhooks.event_is_for(text, text, text[]) to purser_background;
