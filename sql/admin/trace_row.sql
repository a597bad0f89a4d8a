-- What a row of ours says of itself and of when it happened, for admin.trace; by indexes only.
--
-- Parameters: p_kind as of admin.trace_related
create or replace function admin.trace_row(p_tenant text, p_kind text, p_id text)
    returns table (at timestamptz, what text, object text, detail text)
    language sql stable security definer rows 10
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    select u.created_at, 'user made', u.id, u.email
    from auth."user" u
    where p_kind = 'user' and u.tenant_id = p_tenant and u.id = p_id
    union all
    select s.created_at, 'session made', p_id, format('until %s%s', s.expires_at,
        ', ended ' || s.revoked_at)
    from auth.session s
    where p_kind = 'user' and s.user_id = p_id and s.tenant_id = p_tenant
    union all
    select k.created_at, 'journal key made', p_id, 'ended ' || k.revoked_at
    from journal.api_key k
    where p_kind = 'user' and k.tenant_id = p_tenant and k.user_id = p_id
    union all
    select b.created_at, 'journal made', b.id::text, format('%s payouts',
        n.pending + n.processing + n.completed + n.failed)
    from journal.book b
    left join journal.node n on n.tenant_id = b.tenant_id and n.history_id = b.id and n.level = 4
    where p_kind = 'user' and b.tenant_id = p_tenant and b.user_id = p_id
    union all
    select i.created_at, 'request', i.key, format('%s %s: %s', i.method, i.path,
        coalesce(i.response_status::text, i.state))
    from unnest(array['prop', 'journal', 'partner', 'marketplace']) as every (api)
    join core.idempotency i on i.tenant_id = p_tenant and i.api = every.api
        and i.principal = p_id
    where p_kind in ('user', 'app')
    union all
    select a.created_at, 'app made', a.id, a.slug || coalesce(', ended ' || a.revoked_at, '')
    from auth.app a
    where p_kind = 'app' and a.tenant_id = p_tenant and a.id = p_id
    union all
    select t.created_at, 'tenant made', t.slug, t.name
    from core.tenant t
    where p_kind = 'tenant' and t.id = p_id
    union all
    select s.at, s.what, p.id, s.detail
    from payments.payment p
    cross join lateral (values
        (p.created_at, 'payment begun', format('%s of tier %s, user %s, %s',
            admin.money(p.amount_cents, p.currency), p.tier_id, p.user_id,
            p.stripe_payment_intent_id)),
        (p.paid_at, 'payment paid', concat_ws(', ',
            admin.money(coalesce(p.received_cents, p.amount_cents),
                coalesce(p.received_currency, p.currency)), p.mismatch)),
        (case when p.status not in ('succeeded') then p.updated_at end, 'payment ' || p.status,
            concat_ws(': ', p.failure_code, p.failure_message, p.last_error)))
        as s (at, what, detail)
    where p_kind = 'payment' and p.tenant_id = p_tenant and p.id = p_id and s.at is not null
    union all
    select s.at, s.what, a.id, s.detail
    from payments.prop_account a
    cross join lateral (values
        (a.created_at, 'account opened', format('tier %s, user %s, payment %s', a.tier_id,
            a.user_id, coalesce(a.payment_id, 'none'))),
        (a.updated_at, 'account ' || a.status, concat_ws(', ', 'subaccount ' || a.provision_state,
            a.subaccount_uuid, a.last_error))) as s (at, what, detail)
    where p_kind = 'account' and a.tenant_id = p_tenant and a.id = p_id
    union all
    select s.at, s.what, x.kind || ' ' || x.source, s.detail
    from payments.suspension x
    cross join lateral (values (x.created_at, 'account suspended', p_id),
        (x.lifted_at, 'suspension lifted', p_id)) as s (at, what, detail)
    where p_kind = 'account' and x.tenant_id = p_tenant and x.account_id = p_id
        and s.at is not null
    union all
    (select v.created_at, 'reading of the validator', v.id, admin.money(v.total_cents, 'usd')
    from payouts.valuation v
    where p_kind in ('account') and v.account_id = p_id and v.tenant_id = p_tenant
    order by v.id desc
    limit 20)
    union all
    select v.created_at, 'reading of the validator', v.id, admin.money(v.total_cents, 'usd')
        || ' of ' || v.account_id
    from payouts.valuation v
    where p_kind = 'reading' and v.tenant_id = p_tenant and v.id = p_id
    union all
    select s.at, s.what, i.id, s.detail
    from payments.refund_intent i
    cross join lateral (values
        (i.created_at, 'refund asked for', admin.money(i.amount_cents, i.currency)),
        (i.updated_at, 'refund ' || i.status, concat_ws(', ', i.stripe_refund_id, i.failure_code,
            i.failure_message, i.last_error))) as s (at, what, detail)
    where p_kind = 'refund' and i.tenant_id = p_tenant and i.id = p_id
    union all
    select r.created_at, 'refund at Stripe ' || r.status, r.id, admin.money(r.amount_cents,
        r.currency) || ' of ' || r.payment_id
    from payments.refund r
    where p_kind = 'refund at Stripe' and r.tenant_id = p_tenant and r.id = p_id
    union all
    select s.at, s.what, d.id, s.detail
    from payments.dispute d
    cross join lateral (values
        (d.created_at, 'dispute opened', concat_ws(', ', admin.money(d.amount_cents, d.currency)
            || ' of ' || d.payment_id, d.reason, 'evidence due ' || d.evidence_due_by)),
        (d.updated_at, 'dispute ' || d.stripe_status, null)) as s (at, what, detail)
    where p_kind = 'dispute' and d.tenant_id = p_tenant and d.id = p_id
    union all
    select s.at, s.what, c.id, s.detail
    from connect.account c
    cross join lateral (values
        (c.created_at, 'payee begun', concat_ws(', ', c.country, c.stripe_account_id)),
        (c.payable_since, 'payee can be paid', concat_ws(' ', c.bank_name, c.last4)),
        (c.bank_changed_at, 'payee''s bank account changed', concat_ws(' ', c.bank_name, c.last4)),
        (c.gone_at, 'payee gone at Stripe', c.gone_reason),
        (c.updated_at, 'payee ' || c.status, concat_ws(': ', c.disabled_reason, c.failure_code,
            c.last_error))) as s (at, what, detail)
    where p_kind = 'payee' and c.tenant_id = p_tenant and c.id = p_id and s.at is not null
    union all
    select s.at, s.what, p.id, s.detail
    from payouts.payout p
    cross join lateral (values
        (p.requested_at, 'payout requested', format('%s of %s to %s',
            admin.money(p.amount_cents, p.currency), p.account_id,
            coalesce(p.destination, 'no payee yet'))),
        (p.submit_requested_at, 'payout submitted', null),
        (p.sent_at, 'transfer asked for', format('attempt %s', p.attempt)),
        (p.completed_at, 'payout ' || p.status, concat_ws(', ', p.stripe_transfer_id,
            p.failure_reason)),
        (case when p.completed_at is null then p.updated_at end, 'payout ' || p.status,
            coalesce(admin.hold_reason(p), p.last_error)),
        (p.reowed_at, 'payout owed again', null)) as s (at, what, detail)
    where p_kind = 'payout' and p.tenant_id = p_tenant and p.id = p_id and s.at is not null
    union all
    select l.released_at, 'payout released', p_id, 'by ' || l.released_by
    from payouts.release l
    where p_kind = 'payout' and l.tenant_id = p_tenant and l.payout_id = p_id
    union all
    select r.created_at, 'transfer reversed', r.id, admin.money(r.amount_cents, r.currency)
        || ' of ' || r.payout_id
    from payouts.reversal r
    where p_kind = 'reversal' and r.tenant_id = p_tenant and r.id = p_id
$$;
