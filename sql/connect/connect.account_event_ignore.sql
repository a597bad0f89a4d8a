-- Ends an event that changes nothing of a connected account: it is gone, or more is known already.
-- What it says of an erased person is emptied.
--
-- Parameters: p_account as it was before
-- Returns: ignored
-- Locks: the event
-- Tables written: stripe_events.event
create or replace function connect.account_event_ignore(
    p_event_id text, p_account connect.account
) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if p_account.gone_reason = 'erased' then
        perform stripe_events.event_forget(p_event_id);
    end if;
    return stripe_events.event_mark(p_event_id, 'ignored', case
        when p_account.gone_at is null then 'older than what is known'
        else 'of an account that is gone' end);
end
$$;
grant execute on function connect.account_event_ignore(text, connect.account) to purser_background;
