-- Makes something due for purser-jobs at once: an account that failed to get its subaccount (the
-- job looks first for one that was made all the same), an event that failed or is parked, a payment
-- that is not final, a refund that is open; a payout as by admin.retry_payout.  This function calls
-- no provider.
--
-- Parameters: p_object_id prop_…, evt_…, pay_…, rfi_… or po_…
-- Returns: what was done; null after a dry run
-- Raises: PU404 no such object in a state that can be retried
-- Locks: the object
-- Tables written: payments.prop_account, payments.payment, payments.refund_intent,
--   payouts.payout, stripe_events.event, admin.audit
create or replace function admin.retry(
    p_object_id text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_what text;
begin
    v_what := case
        when exists (
            select from payments.prop_account a
            where a.id = p_object_id and a.provision_state = 'failed')
            then 'provision'
        when exists (
            select from stripe_events.event e
            where e.id = p_object_id and e.state in ('failed', 'parked')
                and e.stripe_account in (select s.name from core.stripe_account s))
            then 'event'
        when exists (
            select from payments.payment p
            where p.id = p_object_id and p.status not in ('succeeded', 'canceled', 'failed'))
            then 'payment'
        when exists (
            select from payments.refund_intent i where i.id = p_object_id and i.status = 'open')
            then 'refund'
        when p_object_id like 'po\_%'
            then 'payout'
    end;
    if v_what is null then
        raise exception using errcode = 'PU404',
            message = format('nothing to retry in %L', p_object_id);
    elsif v_what = 'payout' then
        return case when admin.retry_payout(p_object_id, p_reason, p_dry_run) is not null
            then v_what end;
    end if;
    perform admin.record('retry', p_object_id, jsonb_build_object('what', v_what), p_reason,
        false);

    if v_what = 'provision' then
        update payments.prop_account a
        set status = case a.status when 'suspended' then a.status else 'provisioning' end,
            status_before = case a.status when 'suspended' then 'provisioning' end,
            provision_state = case when a.unknown_since is null then 'queued' else 'unknown' end,
            provision_attempts = 0, next_run_at = now(), lease_holder = null, lease_until = null,
            updated_at = now()
        where a.id = p_object_id and a.provision_state = 'failed';
    elsif v_what = 'event' then
        update stripe_events.event e
        set state = 'pending', attempts = 0, parks = 0, next_run_at = now(), lease_holder = null,
            lease_until = null
        where e.id = p_object_id and e.state in ('failed', 'parked')
            and e.stripe_account in (select s.name from core.stripe_account s);
    elsif v_what = 'refund' then
        update payments.refund_intent i
        set next_run_at = now(), attempts = 0, lease_holder = null, lease_until = null
        where i.id = p_object_id and i.status = 'open';
    else
        update payments.payment p
        set next_run_at = now(), looked_at = null, attempts = 0, lease_holder = null,
            lease_until = null
        where p.id = p_object_id;
    end if;
    perform admin.finish('retry ' || p_object_id || format(' (%s)', v_what), p_dry_run);
    return v_what;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.retry is
    'lets purser-jobs try a failed account, a failed or parked event, an unfinished payment, an '
    'open refund or a payout again';
