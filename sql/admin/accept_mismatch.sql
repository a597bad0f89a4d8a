-- Accepts a payment for which Stripe took another amount or currency than was asked: its account is
-- opened as if that had been the price, the money becomes revenue, the exception is closed.  This
-- function does not call Stripe.
--
-- Parameters: p_tenant slug or id
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404 no such payment of the tenant, or none with a mismatch that waits; PU422 all of it
--   was refunded
-- Locks: payment
-- Tables written: payments.payment, payments.prop_account, webhooks.outbox, ledger.*,
--   core.exception, admin.audit
create or replace function admin.accept_mismatch(
    p_tenant text, p_payment text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payment payments.payment;
    v_received text;
begin
    perform auth.assume(admin.tenant_id(p_tenant), '');
    v_payment := payments.mismatch_accept(p_payment);
    perform admin.record('accept_mismatch', p_payment,
        jsonb_build_object('mismatch', v_payment.mismatch), p_reason, false);
    perform core.exception_resolve('payment_mismatch', p_payment, 'accept_mismatch: ' || p_reason,
        session_user);
    v_received := admin.money(v_payment.received_cents, v_payment.received_currency);
    return admin.finish(format('payment %s counts as paid by %s, and its account is opened',
        p_payment, v_received), p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.accept_mismatch is
    'accepts a payment whose amount or currency differed: opens its account, books the revenue';
