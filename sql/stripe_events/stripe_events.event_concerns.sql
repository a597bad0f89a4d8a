-- Whether a stored event may say that no money may leave for a row of ours, or that it has left: it
-- must be applied first.  It is one that names the row; a transfer's that names the transaction's
-- principal, or is thin and names nobody; a refund's or dispute's of the payment of a payout's
-- account; or one of the Connect account that the payout is for.
--
-- Parameters: p_object the row, null = none
create or replace function stripe_events.event_concerns(
    p_event stripe_events.event, p_object text
) returns boolean
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select case
        when p_event.type like any (array['transfer.%', 'refund.%', 'charge.refund%',
                'charge.dispute.%'])
            and strpos(p_event.payload, p_object) > 0 then true
        when p_event.type like 'transfer.%'
            and (strpos(p_event.payload, 'v2.core.event') > 0
                or strpos(p_event.payload,
                    nullif(current_setting('purser.principal', true), '')) > 0) then true
        when p_event.type like any (array['transfer.%', 'payment_intent.%']) then false
        else exists (
            select
            from payouts.payout o
            join payments.prop_account a on a.tenant_id = o.tenant_id and a.id = o.account_id
            where o.tenant_id = current_setting('purser.tenant', true) and o.id = p_object
                and (p_event.account = o.destination
                    or p_event.type like any (array['refund.%', 'charge.refund%',
                            'charge.dispute.%'])
                        and strpos(p_event.payload, a.stripe_payment_intent_id) > 0))
    end
$$;
