-- Brings a row in line with its Stripe account as it was read at p_asked; no other
-- function does.  A reading that is older than the stored one changes nothing, unless that is of a
-- time that has not come: then a clock was wrong.  Nor does one of an account that is gone.  A
-- change of status, flags or bank account puts stripe.account_updated into the outbox.
--
-- Parameters: p_id of this transaction's tenant; p_account a Stripe account
-- Returns: false when nothing was stored: an older reading, an account that is gone, or another one
--   than the row's (an exception)
-- Locks: the account
-- Tables written: connect.account, webhooks.outbox, core.exception
create or replace function connect.account_apply(p_id text, p_account jsonb, p_asked timestamptz)
    returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_stripe text := p_account ->> 'id';
    v_old connect.account;
    v_new connect.account;
    v_bank jsonb := connect.account_bank(p_account);
begin
    select * into v_old
    from connect.account a
    where a.id = p_id and a.tenant_id = v_tenant for no key update;
    if not found or v_old.gone_at is not null
        or v_old.checked_at > p_asked and v_old.checked_at <= clock_timestamp()
    then
        return false;
    elsif v_old.stripe_account_id <> v_stripe then
        perform core.exception_open('connect_second_account', 'connect_account', p_id,
            jsonb_build_object('stripe_account_id', v_old.stripe_account_id, 'second', v_stripe));
        return false;
    end if;

    v_new := v_old;
    v_new.status := connect.account_status(p_account);
    v_new.payouts_enabled := coalesce(p_account -> 'payouts_enabled' = 'true'::jsonb, false);
    v_new.charges_enabled := coalesce(p_account -> 'charges_enabled' = 'true'::jsonb, false);
    v_new.transfers_enabled := coalesce(p_account #>> '{capabilities,transfers}' = 'active', false);
    v_new.details_submitted := coalesce(p_account -> 'details_submitted' = 'true'::jsonb, false);
    update connect.account a
    set stripe_account_id = v_stripe, status = v_new.status,
        onboarding = a.onboarding and v_new.status = 'pending',
        payouts_enabled = v_new.payouts_enabled, charges_enabled = v_new.charges_enabled,
        transfers_enabled = v_new.transfers_enabled, details_submitted = v_new.details_submitted,
        disabled_reason = p_account #>> '{requirements,disabled_reason}',
        bank_name = v_bank ->> 'bank_name', last4 = v_bank ->> 'last4',
        bank_id = connect.account_bank_id(p_account),
        checked_at = p_asked, failure_code = null, failure_message = null, lease_holder = null,
        lease_until = null, last_error = null, updated_at = now()
    where a.id = p_id
    returning * into v_new;
    if v_old.stripe_account_id is not null
        and (v_old.status, v_old.payouts_enabled, v_old.charges_enabled, v_old.details_submitted,
            v_old.bank_name, v_old.last4)
            is distinct from
            (v_new.status, v_new.payouts_enabled, v_new.charges_enabled, v_new.details_submitted,
            v_new.bank_name, v_new.last4)
    then
        perform connect.account_publish(v_new);
    end if;
    return true;
end
$$;
grant execute on function connect.account_apply(text, jsonb, timestamptz) to purser_background;
