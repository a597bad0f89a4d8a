-- Refunds a payment, whole or in part: purser-jobs asks Stripe for it, and books what Stripe made.
-- Closes what an earlier refund of this payment that was refused or failed left open.  This
-- function does not call Stripe.
--
-- Parameters: p_tenant slug or id; p_amount_cents in the smallest unit of the currency that the
--   payment came in, null = all that is left
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404 no such payment of the tenant, or none that is paid; PU422 more than is left
-- Locks: payment
-- Tables written: payments.refund_intent, core.exception, admin.audit
create or replace function admin.refund(
    p_tenant text, p_payment text, p_amount_cents bigint, p_reason text,
    p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_intent payments.refund_intent;
begin
    perform auth.assume(v_tenant, '');
    v_intent := payments.refund_begin(p_payment, p_amount_cents);
    perform admin.record('refund', p_payment, jsonb_build_object('refund_intent', v_intent.id,
        'amount_cents', v_intent.amount_cents, 'currency', v_intent.currency), p_reason, false);
    perform core.exception_resolve('refund_refused', i.id, 'refund: ' || v_intent.id, session_user)
    from payments.refund_intent i
    where i.tenant_id = v_tenant and i.payment_id = p_payment and i.status <> 'open';
    return admin.finish(format('Stripe is asked to refund %s of payment %s, by %s',
        admin.money(v_intent.amount_cents, v_intent.currency), p_payment, v_intent.id), p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.refund is
    'lets purser-jobs refund a payment at Stripe, whole (null) or in part';
