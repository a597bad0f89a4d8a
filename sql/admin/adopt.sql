-- Lets a PaymentIntent or a transfer of ours that fits no row be what paid a payment or a payout:
-- what stands in suspense for it goes where it belongs, and its exception is closed.  Never more is
-- owed or paid than was earned and sold; what paid something that is paid already has to be
-- refunded or reversed at Stripe.  This function does not call Stripe.
--
-- Parameters: p_tenant slug or id; p_stripe_id pi_ or tr_; p_object pay_, null = the one that the
--   PaymentIntent was made for, also when its row was lost; or po_, or the prop_ that the lost
--   payout of a transfer was for
-- Returns: what is done; after a dry run, which does everything and rolls it back, what would be
-- Raises: PU404, PU421, PU422, PU433, PU434, PU435 as payments.payment_adopt and
--   payouts.transfer_adopt
-- Locks: payment, or estimate and payout; exception, events
-- Tables written: payments.payment, payments.prop_account, payouts.payout, payouts.reversal,
--   payouts.estimate, webhooks.outbox, ledger.*, core.exception, stripe_events.event, admin.audit
create or replace function admin.adopt(
    p_tenant text, p_stripe_id text, p_object text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_object text;
begin
    perform admin.need(btrim(p_reason) <> '', 'p_reason', 'a reason is needed');
    perform auth.assume(admin.tenant_id(p_tenant), '');
    perform admin.need(p_stripe_id like 'pi\_%' or p_stripe_id like 'tr\_%', 'p_stripe_id',
        'pi_… for a payment, or tr_… for a payout'),
        admin.need(p_stripe_id like 'pi\_%' or p_object is not null, 'p_object',
            'the payout or the account that the transfer paid is needed');
    if p_stripe_id like 'pi\_%' then
        v_object := (payments.payment_adopt(p_stripe_id, p_object, 'adopt: ' || p_reason,
            session_user)).id;
    else
        v_object := (payouts.transfer_adopt(p_stripe_id, p_object, 'adopt: ' || p_reason,
            session_user)).id;
    end if;
    perform admin.record('adopt', v_object,
        jsonb_build_object('stripe_id', p_stripe_id, 'object', p_object), p_reason, false);
    return admin.finish(format('%s paid %s', p_stripe_id, v_object), p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.adopt is
    'lets a PaymentIntent or transfer in suspense be what paid a payment or payout';
