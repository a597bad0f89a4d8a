-- What the readings of an account, payees, payouts and reversals say of themselves and of when it
-- happened, for admin.trace; by indexes only.
--
-- Parameters: p_kind as of admin.trace_related
create or replace function admin.trace_payout(p_tenant text, p_kind text, p_id text)
    returns table (at timestamptz, what text, object text, detail text)
    language sql stable security definer rows 10
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
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
    select s.at, s.what, c.id, s.detail
    from connect.account c
    cross join lateral (values
        (c.created_at, 'payee begun', concat_ws(', ', c.country, c.stripe_account_id)),
        (c.payable_since, 'payee can be paid', concat_ws(' ', c.bank_name, c.last4)),
        (c.bank_changed_at, 'payee''s bank account changed', concat_ws(' ', c.bank_name, c.last4)),
        (c.gone_at, 'payee gone at Stripe', c.gone_reason),
        (null, 'now: payee ' || c.status, concat_ws(': ', c.disabled_reason, c.failure_code,
            c.last_error))) as s (at, what, detail)
    where p_kind = 'payee' and c.tenant_id = p_tenant and c.id = p_id
        and (s.at is not null or s.what like 'now: %')
    union all
    select s.at, s.what, p.id, s.detail
    from payouts.payout p
    cross join lateral (values
        (p.requested_at, 'payout requested', format('%s of %s to %s',
            admin.money(p.amount_cents, p.currency), p.account_id,
            coalesce(p.destination, 'no payee yet'))),
        (p.submit_requested_at, 'payout submitted', null),
        (p.sent_at, 'transfer asked for', format('attempt %s', p.attempt)),
        (p.completed_at, 'payout paid', p.stripe_transfer_id),
        (null, 'now: payout ' || p.status, concat_ws(': ', p.failure_code, p.failure_reason,
            coalesce(admin.hold_reason(p), p.last_error))),
        (p.reowed_at, 'payout owed again', null)) as s (at, what, detail)
    where p_kind = 'payout' and p.tenant_id = p_tenant and p.id = p_id
        and (s.at is not null or s.what like 'now: %')
    union all
    select l.released_at, 'payout released', p_id, 'by ' || l.released_by
    from payouts.release l
    where p_kind = 'payout' and l.tenant_id = p_tenant and l.payout_id = p_id
    union all
    select coalesce(l.posted_at, greatest(r.created_at, p.completed_at)), 'transfer reversed', r.id,
        format('%s of %s, at Stripe %s', admin.money(r.amount_cents, r.currency), r.payout_id,
            r.created_at)
    from payouts.reversal r
    join payouts.payout p on p.tenant_id = r.tenant_id and p.id = r.payout_id
    left join ledger.transfer l on l.tenant_id = p_tenant and l.kind = 'trader_payout_reversed'
        and l.source = r.id
    where p_kind = 'reversal' and r.tenant_id = p_tenant and r.id = p_id
$$;
