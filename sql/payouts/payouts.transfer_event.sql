-- Applies a transfer as Stripe shows it after an event.  It is found by its id, else by our
-- metadata: an event may be earlier than the answer to our own call.
--
-- Parameters: p_transfer the re-read Stripe transfer
-- Returns: applied, ignored (not of a payout of ours, or in conflict with it)
-- Locks: estimate, payout, event
-- Tables written: payouts.payout, payouts.estimate, ledger.*, webhooks.outbox,
--   stripe_events.event
create or replace function payouts.transfer_event(p_event_id text, p_transfer jsonb) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_payout payouts.payout;
begin
    select * into v_payout
    from payouts.payout p
    where p.stripe_transfer_id = p_transfer ->> 'id';
    if not found then
        select * into v_payout
        from payouts.payout p
        where p.id in (p_transfer #>> '{metadata,purser_object}',
                p_transfer #>> '{metadata,payout_id}')
            and core.metadata_names(p_transfer -> 'metadata', 'prop', p.tenant_id, p.id,
                'payout_id');
    end if;
    if v_payout.id is null then
        return stripe_events.event_mark(p_event_id, 'ignored', 'of no payout of ours');
    end if;
    perform auth.assume(v_payout.tenant_id, v_payout.user_id);
    perform payouts.payout_settle(v_payout.id, p_transfer);
    select * into v_payout from payouts.payout p where p.id = v_payout.id;
    if v_payout.stripe_transfer_id is distinct from p_transfer ->> 'id' then
        return stripe_events.event_mark(p_event_id, 'ignored',
            coalesce(v_payout.last_error, 'conflict'));
    end if;
    perform payouts.transfer_reverse(v_payout, p_transfer);
    return stripe_events.event_mark(p_event_id, 'applied', null);
end
$$;
grant execute on function payouts.transfer_event(text, jsonb) to purser_jobs;
