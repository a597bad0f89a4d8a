-- Erases a person who asks for it: e-mail, sessions, journal, what is known of their bank accounts
-- and what Stripe's events and stored answers say of them.  The books keep payments, accounts,
-- payouts, exceptions and the audit under the user's id, which then names no one.  This function
-- does not call Stripe: what Stripe keeps is deleted there (README).
--
-- Parameters: p_tenant slug or id; p_user usr_… or e-mail
-- Returns: what goes, and what stays and why; after a dry run, which does everything and rolls it
--   back, what would
-- Raises: PU404 no such user of the tenant; PU412 erased already, or something of theirs is open
-- Locks: idempotency rows, the user's book, payouts, Connect accounts, events
-- Tables written: auth."user", auth.session, core.idempotency, journal.*, payouts.payout,
--   connect.account, stripe_events.event, webhooks.outbox, admin.audit
create or replace function admin.erase_user(
    p_tenant text, p_user text, p_reason text, p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := admin.tenant_id(p_tenant);
    v_user auth."user";
    v_open text;
    v_gone text;
    v_stays text;
begin
    select * into v_user
    from auth."user" u
    where u.tenant_id = v_tenant and (u.id = p_user or lower(u.email) = lower(p_user))
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = format('no user %L', p_user);
    end if;
    v_open := admin.erase_check(v_tenant, v_user.id);
    perform admin.need(v_user.erased_at is null, 'p_user',
        format('%s was erased at %s', v_user.id, v_user.erased_at), 'PU412'),
        admin.need(v_open is null, 'p_user', format('end this first: %s', v_open), 'PU412');
    perform admin.record('erase_user', v_user.id, '{}', p_reason, false);
    v_gone := admin.erase_rows(v_tenant, v_user.id,
        replace(v_user.id, '_', '-') || '@erased.invalid');
    v_stays := (
        select format('%s payments, %s accounts, %s payouts and %s payees, since the books and '
            'Stripe''s records name them', u.payments, u.accounts, u.payouts, u.payees)
        from (
            select
                (select count(*) from payments.payment p
                    where p.tenant_id = v_tenant and p.user_id = v_user.id) as payments,
                (select count(*) from payments.prop_account a
                    where a.tenant_id = v_tenant and a.user_id = v_user.id) as accounts,
                (select count(*) from payouts.payout p
                    where p.tenant_id = v_tenant and p.user_id = v_user.id) as payouts,
                (select count(*) from connect.account c
                    where c.tenant_id = v_tenant and c.user_id = v_user.id) as payees) as u);
    return admin.finish(format('%s is erased.  Goes: %s.  Stays under this id: %s; the ledger and '
        'the audit.  At Stripe: delete or redact there %s', v_user.id, v_gone, v_stays,
        coalesce((
            select string_agg(c.stripe_account_id, ', ')
            from connect.account c
            where c.tenant_id = v_tenant and c.user_id = v_user.id), 'their payments')),
        p_dry_run);
exception
    when sqlstate 'PU499' then
        return sqlerrm;
end
$$;
comment on function admin.erase_user is
    'erases a person who asks for it; the books keep what they need under a pseudonym';
