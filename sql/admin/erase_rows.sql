-- Takes out of the database what it knows of a user as a person.  What the books need stays, under
-- the user's id.
--
-- Parameters: p_email the pseudonym
-- Returns: what went, in words
-- Locks: idempotency rows, the user's book, payments, payouts, Connect accounts, events
-- Tables written: auth."user", auth.session, core.idempotency, journal.*,
--   payments.payment, payouts.payout, connect.account, stripe_events.event, webhooks.outbox
create or replace function admin.erase_rows(p_tenant text, p_user text, p_email text) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_object text[] := array(
        select r.id
        from admin.trace_related(p_tenant, 'user', p_user, p_user, null, null, null, null) as r);
    v_sessions bigint;
    v_answers bigint;
    v_journal bigint;
    v_payees bigint;
    v_events bigint;
    v_messages bigint;
begin
    delete from core.idempotency i
    where i.tenant_id = p_tenant and i.api in ('prop', 'journal', 'partner', 'marketplace')
        and i.principal = p_user
        and (i.state <> 'running' or i.lease_until <= clock_timestamp());
    get diagnostics v_answers = row_count;
    v_journal := admin.erase_journal(p_tenant, p_user);
    delete from auth.session s where s.user_id = p_user and s.tenant_id = p_tenant;
    get diagnostics v_sessions = row_count;
    update auth."user" u
    set email = p_email, email_verified = false, erased_at = now()
    where u.tenant_id = p_tenant and u.id = p_user;
    perform payments.checkouts_abandon(p_tenant, p_user);    -- nobody is to pay them any more
    perform set_config('purser.operator', 'on', true);
    update payouts.payout p
    set bank_name = null, last4 = null
    where p.tenant_id = p_tenant and p.user_id = p_user;
    -- A payee that counts as gone is not read again, so that no event brings the data back.
    update connect.account c
    set email = p_email, bank_name = null, last4 = null, bank_id = null, failure_message = null,
        last_error = null,
        status = case c.status when 'failed' then 'failed' else 'disabled' end,
        onboarding = false, payouts_enabled = false, transfers_enabled = false,
        charges_enabled = false,
        gone_at = case when c.status <> 'failed' then coalesce(c.gone_at, now()) end,
        gone_reason = case when c.status <> 'failed' then coalesce(c.gone_reason, 'erased') end,
        updated_at = now()
    where c.tenant_id = p_tenant and c.user_id = p_user;
    get diagnostics v_payees = row_count;
    perform set_config('purser.operator', 'off', true);
    v_object := v_object || array(
        select b.source_id
        from reconciliation.balance_transaction b
        where b.tenant_id = p_tenant and b.object_id = any (v_object) and b.source_id is not null);
    update stripe_events.event e
    set payload = '{}'
    where (e.object_id = any (v_object) or e.account = any (v_object))
        and e.stripe_account in (
            select s.name from core.stripe_account s where s.tenant_id = p_tenant);
    get diagnostics v_events = row_count;
    delete from webhooks.outbox o
    where o.tenant_id = p_tenant and o.object_id = any (v_object);
    get diagnostics v_messages = row_count;
    return format('the e-mail, %s sessions, %s answers kept for Idempotency-Keys, the journal with '
        '%s payouts, name and digits of bank accounts of %s payees, what %s events of Stripe and '
        '%s messages to clients say', v_sessions, v_answers, v_journal, v_payees, v_events,
        v_messages);
end
$$;
