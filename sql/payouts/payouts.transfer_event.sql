-- Applies a transfer at the Stripe account of the transaction's tenant, as Stripe shows it after an
-- event.  It is found by its id, else by our
-- metadata: an event may be earlier than the answer to our own call.  One that is not its payout's,
-- that our metadata names without a payout, or that was made by hand for a payout is an exception.
--
-- Parameters: p_transfer the re-read Stripe transfer; p_reversals all of its reversals, null =
--   those in p_transfer are all
-- Returns: applied (also: an exception), stranger (not of a payout of ours)
-- Locks: estimate, payout, event
-- Tables written: payouts.payout, payouts.estimate, ledger.*, webhooks.outbox,
--   core.exception, stripe_events.event
create or replace function payouts.transfer_event(
    p_event_id text, p_transfer jsonb, p_reversals jsonb default null
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_payout payouts.payout;
    v_transfer jsonb := p_transfer || case when p_reversals is null then '{}'
        else jsonb_build_object('reversals', jsonb_build_object('data', p_reversals)) end;
begin
    select * into v_payout
    from payouts.payout p
    where p.stripe_transfer_id = p_transfer ->> 'id' and p.tenant_id = v_tenant;
    if not found then
        select * into v_payout
        from payouts.payout p
        where p.id in (p_transfer #>> '{metadata,purser_object}',
                p_transfer #>> '{metadata,payout_id}', p_transfer ->> 'transfer_group')
            and p.tenant_id = v_tenant
            and (core.metadata_names(p_transfer -> 'metadata', 'prop', v_tenant, p.id,
                    'payout_id', case p.status when 'processing' then p.requested_at end)
                or payouts.transfer_is_by_hand(p_transfer, p.id));
    end if;
    if v_payout.id is null and core.metadata_is_ours(p_transfer -> 'metadata') then
        perform auth.assume(v_tenant, '');
        return stripe_events.event_mark(p_event_id, 'applied', 'exception '
            || payouts.transfer_unexpected(v_payout, v_transfer, 'there is no such payout'));
    elsif v_payout.id is null then
        return stripe_events.event_mark(p_event_id, 'stranger', 'of no payout of ours');
    end if;
    perform auth.assume(v_payout.tenant_id, v_payout.user_id);
    perform payouts.payout_settle(v_payout.id, v_transfer);
    select * into v_payout
    from payouts.payout p
    where p.id = v_payout.id and p.tenant_id = v_tenant;
    if v_payout.stripe_transfer_id is distinct from p_transfer ->> 'id' then
        return stripe_events.event_mark(p_event_id, 'applied', 'exception transfer_conflict');
    end if;
    perform payouts.transfer_reverse(v_payout, v_transfer);
    return stripe_events.event_mark(p_event_id, 'applied', null);
end
$$;
grant execute on function payouts.transfer_event(text, jsonb, jsonb) to purser_jobs;
