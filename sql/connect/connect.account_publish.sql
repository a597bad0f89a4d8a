-- Puts stripe.account_updated into the outbox: one message for each change, which
-- account.changes counts.
--
-- Parameters: p_account locked by the caller, as it is now
-- Tables written: connect.account, webhooks.outbox
create or replace function connect.account_publish(p_account connect.account) returns void
    language sql
    set search_path = pg_catalog, pg_temp
as $$
    update connect.account a
    set changes = a.changes + 1
    where a.id = p_account.id and a.tenant_id = p_account.tenant_id;
    select webhooks.outbox_add('prop', 'stripe.account_updated', p_account.id,
        format('%s:%s', p_account.id, p_account.changes + 1), jsonb_build_object(
            'id', p_account.id,
            'stripe_account_id', p_account.stripe_account_id,
            'status', p_account.status,
            'payouts_enabled', p_account.payouts_enabled,
            'charges_enabled', p_account.charges_enabled,
            'details_submitted', p_account.details_submitted,
            'bank_name', p_account.bank_name,
            'last4', p_account.last4,
            'country', p_account.country))
$$;
grant execute on function connect.account_publish(connect.account) to purser_background;
