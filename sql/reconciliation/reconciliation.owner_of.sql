-- The tenant whose movement a balance transaction is: that of our row with Stripe's id, else of the
-- exception about it, else the one that our metadata on its source names.
--
-- Parameters: p_object_id and p_intent_id from reconciliation.movement_of; p_metadata of the source
-- Returns: null when the movement is none of ours
create or replace function reconciliation.owner_of(
    p_object_id text, p_intent_id text, p_metadata jsonb
) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (select p.tenant_id from payments.payment p where p.stripe_payment_intent_id = p_intent_id),
        (select p.tenant_id from payouts.payout p where p.stripe_transfer_id = p_object_id),
        (select x.tenant_id from core.exception x
            where x.object_id in (p_object_id, p_intent_id)
                and x.kind in ('payment_second_intent', 'payment_without_row', 'transfer_conflict',
                    'transfer_without_row')
            limit 1),
        (select t.id from core.tenant t
            where t.id = p_metadata ->> 'purser_tenant'
                and p_metadata ->> 'purser_installation' = core.installation_id()))
$$;
