-- A connected account is gone, as an event says (its owner disconnected it from our platform) or as
-- Stripe answered when it was to be read after an event.
--
-- Parameters: p_reason, p_asked_ms as connect.account_gone; a time in whole seconds is that of the
--   whole second
-- Returns: applied, stranger (not ours), ignored (known, or read successfully since)
-- Locks: the account, event
-- Tables written: connect.account, webhooks.outbox, stripe_events.event
create or replace function connect.account_event_gone(
    p_event_id text, p_stripe_account_id text, p_reason text, p_asked_ms bigint
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account connect.account;
begin
    select * into v_account
    from connect.account a
    where a.stripe_account_id = p_stripe_account_id
        and a.tenant_id = current_setting('purser.tenant', true) for no key update;
    if not found then
        return stripe_events.event_mark(p_event_id, 'stranger', 'no account of ours');
    end if;
    perform auth.assume(v_account.tenant_id, v_account.user_id);
    if connect.account_gone(v_account.id, p_reason, to_timestamp(p_asked_ms / 1000.0)) then
        return stripe_events.event_mark(p_event_id, 'applied', null);
    end if;
    return connect.account_event_ignore(p_event_id, v_account);
end
$$;
grant execute on function connect.account_event_gone(text, text, text, bigint) to purser_jobs;
