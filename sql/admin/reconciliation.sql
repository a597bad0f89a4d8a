-- Our rows against the ledger, as of a time: what each kind of transfer says
-- and what the payments, refunds and disputes behind them say.
--
-- Returns: tenant, asset, kind, transfers, ledger (debit of the plus side), rows_say,
--   difference (must be 0)
create or replace function admin.reconciliation(p_as_of timestamptz default now())
    returns table (tenant text, asset text, kind text, transfers bigint, ledger numeric,
        rows_say numeric, difference numeric)
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    with posted as (
        select t.tenant_id, a.asset, t.kind, t.source, sum(e.amount) as amount
        from ledger.transfer t
        join ledger.entry e on e.tenant_id = t.tenant_id and e.transfer_id = t.id
        join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
        where t.posted_at <= p_as_of and a.code = case t.kind
            when 'challenge_payment' then 'stripe:clearing'
            when 'payment_mismatch' then 'stripe:clearing'
            when 'challenge_refund_failed' then 'stripe:clearing'
            when 'dispute_lost' then 'losses:disputes'
            when 'trader_payout_paid' then 'payables:traders' end
        group by 1, 2, 3, 4
        union all
        select t.tenant_id, a.asset, t.kind, t.source, -sum(e.amount)
        from ledger.transfer t
        join ledger.entry e on e.tenant_id = t.tenant_id and e.transfer_id = t.id
        join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
        where t.posted_at <= p_as_of and t.kind = 'challenge_refund' and a.code = 'stripe:clearing'
        group by 1, 2, 3, 4
    ), said as (
        select p.*, case p.kind
            when 'challenge_payment' then (
                select s.amount_cents from payments.payment s
                where s.id = p.source and s.tenant_id = p.tenant_id and s.status = 'succeeded'
                    and s.mismatch is null)
            when 'payment_mismatch' then (
                select p.amount from payments.payment s
                where s.id = p.source and s.tenant_id = p.tenant_id and s.mismatch is not null)
            when 'dispute_lost' then p.amount
            when 'trader_payout_paid' then (
                select s.amount_cents from payouts.payout s
                where s.id = p.source and s.tenant_id = p.tenant_id
                    and s.status in ('paid', 'reversed'))
            else (select r.amount_cents from payments.refund r
                where r.id = p.source and r.tenant_id = p.tenant_id)
            end as row_amount
        from posted p
    )
    select t.slug, s.asset, s.kind, count(*), sum(s.amount), coalesce(sum(s.row_amount), 0),
        sum(s.amount) - coalesce(sum(s.row_amount), 0)
    from said s
    join core.tenant t on t.id = s.tenant_id
    group by 1, 2, 3
    order by 1, 2, 3
$$;
comment on function admin.reconciliation is
    'rows against the ledger as of a time; difference must be 0';
