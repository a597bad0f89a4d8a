-- What payments, accounts, refunds and disputes say of themselves and of when it happened, for
-- admin.trace; by indexes only.  That a payment was paid stands at the time when it was stored:
-- Stripe's clock, in whole seconds, would put it before what it follows.
--
-- Parameters: p_kind as of admin.trace_related
create or replace function admin.trace_payment(p_tenant text, p_kind text, p_id text)
    returns table (at timestamptz, what text, object text, detail text)
    language sql stable security definer rows 10
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    select s.at, s.what, p.id, s.detail
    from payments.payment p
    left join payments.prop_account a on a.tenant_id = p_tenant and a.payment_id = p.id
    cross join lateral (
        select least(a.created_at, min(l.posted_at))
        from ledger.transfer l
        where l.tenant_id = p_tenant and l.source = p.id
            and l.kind in ('challenge_payment', 'payment_mismatch')) as k (at)
    cross join lateral (values
        (p.created_at, 'payment begun', format('%s of tier %s, user %s, %s',
            admin.money(p.amount_cents, p.currency), p.tier_id, p.user_id,
            p.stripe_payment_intent_id)),
        (coalesce(k.at, greatest(p.paid_at, p.created_at)), 'payment paid', concat_ws(', ',
            admin.money(coalesce(p.received_cents, p.amount_cents),
                coalesce(p.received_currency, p.currency)), p.mismatch, 'at Stripe ' || p.paid_at)),
        (null, 'now: payment ' || p.status,
            concat_ws(': ', p.failure_code, p.failure_message, p.last_error)))
        as s (at, what, detail)
    where p_kind = 'payment' and p.tenant_id = p_tenant and p.id = p_id
        and (s.what <> 'payment paid' or p.paid_at is not null)
    union all
    select s.at, s.what, a.id, s.detail
    from payments.prop_account a
    cross join lateral (values
        (a.created_at, 'account opened', format('tier %s, user %s, payment %s', a.tier_id,
            a.user_id, coalesce(a.payment_id, 'none'))),
        (null, 'now: account ' || a.status, concat_ws(', ', 'subaccount ' || a.provision_state,
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
    select s.at, s.what, i.id, s.detail
    from payments.refund_intent i
    cross join lateral (values
        (i.created_at, 'refund asked for', admin.money(i.amount_cents, i.currency)),
        (null, 'now: refund ' || i.status, concat_ws(', ', i.stripe_refund_id, i.failure_code,
            i.failure_message, i.last_error))) as s (at, what, detail)
    where p_kind = 'refund' and i.tenant_id = p_tenant and i.id = p_id
    union all
    select s.at, s.what, r.id, s.detail
    from payments.refund r
    cross join lateral (values
        (r.created_at, 'refund at Stripe', admin.money(r.amount_cents, r.currency) || ' of '
            || r.payment_id),
        (null, 'now: refund at Stripe ' || r.status, null)) as s (at, what, detail)
    where p_kind = 'refund at Stripe' and r.tenant_id = p_tenant and r.id = p_id
    union all
    select s.at, s.what, d.id, s.detail
    from payments.dispute d
    cross join lateral (values
        (d.created_at, 'dispute opened', concat_ws(', ', admin.money(d.amount_cents, d.currency)
            || ' of ' || d.payment_id, d.reason, 'evidence due ' || d.evidence_due_by)),
        (null, 'now: dispute ' || d.stripe_status, null)) as s (at, what, detail)
    where p_kind = 'dispute' and d.tenant_id = p_tenant and d.id = p_id
$$;
