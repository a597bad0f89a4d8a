-- Applies a connected account of the Stripe account of the transaction's tenant, as Stripe showed
-- it after an event.  It is found by its Stripe id, else by our metadata: an event may be earlier
-- than the answer to our own call.  One that our metadata names without a row is an exception.
--
-- Parameters: p_account the re-read Stripe account; p_asked_ms Unix time of the reading
-- Returns: applied (also: an exception), stranger (not ours), ignored (gone, or older than what is
--   known)
-- Locks: the account, event
-- Tables written: connect.account, webhooks.outbox, core.exception, stripe_events.event
create or replace function connect.account_event(
    p_event_id text, p_account jsonb, p_asked_ms bigint
)
    returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_account connect.account;
begin
    select * into v_account
    from connect.account a
    where a.stripe_account_id = p_account ->> 'id' and a.tenant_id = v_tenant;
    if not found then
        select * into v_account
        from connect.account a
        where a.id in (p_account #>> '{metadata,purser_object}',
                p_account #>> '{metadata,connect_account_id}')
            and a.tenant_id = v_tenant
            and core.metadata_names(p_account -> 'metadata', 'prop', v_tenant, a.id,
                'connect_account_id', case a.status when 'creating' then a.created_at end);
    end if;
    if v_account.id is null and core.metadata_is_ours(p_account -> 'metadata') then
        perform auth.assume(v_tenant, '');
        perform core.exception_open('connect_without_row', 'connect_account', p_account ->> 'id',
            jsonb_build_object('metadata', p_account -> 'metadata'));
        return stripe_events.event_mark(p_event_id, 'applied', 'exception connect_without_row');
    elsif v_account.id is null then
        return stripe_events.event_mark(p_event_id, 'stranger', 'no account of ours');
    end if;
    perform auth.assume(v_account.tenant_id, v_account.user_id);
    if not connect.account_apply(v_account.id, p_account, to_timestamp(p_asked_ms / 1000.0)) then
        if v_account.stripe_account_id <> p_account ->> 'id' then
            return stripe_events.event_mark(p_event_id, 'applied',
                'exception connect_second_account');
        end if;
        return connect.account_event_ignore(p_event_id, v_account);
    end if;
    return stripe_events.event_mark(p_event_id, 'applied', null);
end
$$;
grant execute on function connect.account_event(text, jsonb, bigint) to purser_jobs;
