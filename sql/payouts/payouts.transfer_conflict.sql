-- Why a Stripe transfer is not this payout's, or cannot make it paid.
--
-- Parameters: p_payout with its estimate, both locked by the caller
-- Returns: null = it is its transfer
create or replace function payouts.transfer_conflict(p_payout payouts.payout, p_transfer jsonb)
    returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when p_payout.stripe_transfer_id <> p_transfer ->> 'id'
            then format('paid by %s, and there is %s', p_payout.stripe_transfer_id,
                p_transfer ->> 'id')
        when p_payout.stripe_transfer_id is null
            and payouts.transfer_is_by_hand(p_transfer, p_payout.id)
            then format('%s is in its transfer group without our metadata', p_transfer ->> 'id')
        when (p_transfer -> 'amount') is distinct from to_jsonb(p_payout.amount_cents)
            or p_transfer ->> 'currency' is distinct from p_payout.currency
            or (p_payout.stripe_transfer_id is null
                and not core.metadata_names(p_transfer -> 'metadata', 'prop', p_payout.tenant_id,
                    p_payout.id, 'payout_id', p_payout.requested_at))
            or p_payout.destination <> p_transfer ->> 'destination'
            or (p_payout.destination is null and not exists (
                select from connect.account a
                where a.tenant_id = p_payout.tenant_id and a.user_id = p_payout.user_id
                    and a.stripe_account_id = p_transfer ->> 'destination'))
            then format('%s is of %s %s to %s for %s', p_transfer ->> 'id', p_transfer ->> 'amount',
                p_transfer ->> 'currency', p_transfer ->> 'destination',
                coalesce(p_transfer #>> '{metadata,purser_object}',
                    p_transfer #>> '{metadata,payout_id}'))
        when p_payout.status = 'canceled'
            then format('canceled, but there is %s', p_transfer ->> 'id')
        when p_payout.status = 'failed' and exists (
            select from payouts.estimate e
            where e.account_id = p_payout.account_id and e.tenant_id = p_payout.tenant_id
                and e.committed_cents + p_payout.amount_cents > payouts.earned(e))
            then format('failed and paid otherwise, but there is %s', p_transfer ->> 'id')
        when (p_transfer ->> 'amount_reversed')::bigint > 0
            and p_payout.stripe_transfer_id is null
            and payouts.transfer_in_suspense(p_transfer ->> 'id')
            then format('%s came back from suspense', p_transfer ->> 'id')
    end
$$;
