-- The owner of a connected account disconnected it from our platform: disabled, nothing can be paid
-- to it.  Only a reading of the account that is later than that (connect.account_apply) enables it.
--
-- Returns: applied, ignored (not ours, or read successfully since)
-- Locks: the account, event
-- Tables written: connect.account, webhooks.outbox, stripe_events.event
create or replace function connect.account_event_deauthorized(
    p_event_id text, p_stripe_account_id text, p_created_s bigint
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_at timestamptz := to_timestamp(p_created_s);
    v_account connect.account;
begin
    select * into v_account
    from connect.account a
    where a.stripe_account_id = p_stripe_account_id for no key update;
    if not found then
        return stripe_events.event_mark(p_event_id, 'ignored', 'no account of ours');
    elsif v_account.checked_at >= v_at + interval '1 s' then
        return stripe_events.event_mark(p_event_id, 'ignored', 'older than what is known');
    end if;
    perform auth.assume(v_account.tenant_id, v_account.user_id);
    update connect.account a
    set status = 'disabled', onboarding = false, deauthorized_at = v_at + interval '1 s',
        payouts_enabled = false, transfers_enabled = false, charges_enabled = false,
        updated_at = now()
    where a.id = v_account.id and a.tenant_id = v_account.tenant_id and a.status <> 'disabled'
    returning * into v_account;
    if found then
        perform connect.account_publish(v_account);
    end if;
    return stripe_events.event_mark(p_event_id, 'applied', null);
end
$$;
grant execute on function connect.account_event_deauthorized(text, text, bigint) to purser_jobs;
