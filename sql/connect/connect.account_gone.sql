-- The Stripe account is gone: deleted, or it has left our platform.  Nothing is paid to it any
-- more, and later events and readings of it change nothing.
--
-- Parameters: p_id of this transaction's tenant; p_reason Stripe's code or the type of its event;
--   p_asked when Stripe was asked
-- Returns: false when nothing was changed: it is known, or a later reading found the account
-- Locks: the account
-- Tables written: connect.account, webhooks.outbox
create or replace function connect.account_gone(p_id text, p_reason text, p_asked timestamptz)
    returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_account connect.account;
begin
    update connect.account a
    set status = 'disabled', onboarding = false, payouts_enabled = false,
        transfers_enabled = false, charges_enabled = false, gone_at = now(),
        gone_reason = p_reason, last_error = null, updated_at = now()
    where a.id = p_id and a.tenant_id = current_setting('purser.tenant', true)
        and a.stripe_account_id is not null and a.gone_at is null
        and (a.checked_at > p_asked and a.checked_at <= clock_timestamp()) is not true
    returning * into v_account;
    if not found then
        return false;
    end if;
    perform connect.account_publish(v_account);
    return true;
end
$$;
grant execute on function connect.account_gone(text, text, timestamptz) to purser_background;
