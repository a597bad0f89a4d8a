-- Whether a balance transaction is a movement of the tenant's: a row of its has Stripe's id, an
-- exception of its is about the object, or our metadata on the source names it.
--
-- Parameters: p_object_id and p_intent_id from reconciliation.movement_of; p_metadata of the source
create or replace function reconciliation.is_of_tenant(
    p_tenant text, p_object_id text, p_intent_id text, p_metadata jsonb
) returns boolean
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
            select from payments.payment p
            where p.tenant_id = p_tenant and p.stripe_payment_intent_id = p_intent_id)
        or exists (
            select from payouts.payout p
            where p.tenant_id = p_tenant and p.stripe_transfer_id = p_object_id)
        or exists (
            select from core.exception x
            where x.tenant_id = p_tenant and x.object_id in (p_object_id, p_intent_id)
                and x.kind in ('payment_second_intent', 'payment_without_row', 'transfer_conflict',
                    'transfer_without_row'))
        or coalesce(p_metadata ->> 'purser_tenant' = p_tenant
            and p_metadata ->> 'purser_installation' = core.installation_id(), false)
$$;
