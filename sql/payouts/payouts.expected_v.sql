-- What the rows of payouts say must be in the ledger: as payments.expected_v.
call pg_temp.view('payouts.expected_v', $view$
-- Transfers at Stripe that are ours and fit no payout, or fitted none when they came.
with unexpected as (
    select distinct on (e.tenant_id, e.object_id) e.tenant_id, e.object_id as transfer_id,
        lower(e.detail ->> 'currency') as currency, (e.detail ->> 'amount')::numeric as amount
    from core.exception e
    where e.kind in ('transfer_conflict', 'transfer_without_row') and e.detail ? 'amount'
        and (e.detail #>> '{metadata,purser_installation}' = core.installation_id()
            or e.detail #>> '{metadata,payout_id}' = e.detail ->> 'payout_id'
            or e.detail ? 'by_hand')
    order by e.tenant_id, e.object_id, e.opened_at desc
), came_back as (
    -- sums that were posted before there were rows of reversals
    select p.tenant_id, p.stripe_transfer_id as transfer_id, p.currency,
        p.reversed_before_cents as cents
    from payouts.payout p
    where p.reversed_before_cents > 0
    union
    select p.tenant_id, p.stripe_transfer_id, p.currency, s.cents
    from payouts.payout p
    join ledger.transfer t on t.tenant_id = p.tenant_id and t.kind = 'trader_payout_reversed'
        and t.source > p.stripe_transfer_id || ':' and t.source < p.stripe_transfer_id || ';'
    cross join lateral (select substring(t.source from ':(\d{1,18})$')::bigint) as s (cents)
    where p.reversed_before_cents > s.cents
)
-- The amount is owed once more after it was released.
select p.tenant_id, 'trader_payout_owed' as kind, p.id || ':' || p.owed_count as source,
    'costs:traders' as debit, 'payables:traders' as credit, p.currency as asset,
    p.amount_cents::numeric as amount
from payouts.payout p
union all
select p.tenant_id, k.kind, p.id || ':' || n.number, k.debit, k.credit, p.currency, p.amount_cents
from payouts.payout p
cross join lateral generate_series(1, p.owed_count - 1) as n (number)
cross join (values ('trader_payout_owed', 'costs:traders', 'payables:traders'),
    ('trader_payout_released', 'payables:traders', 'costs:traders')) as k (kind, debit, credit)
where p.owed_count > 1
union all
select p.tenant_id, 'trader_payout_released', p.id || ':' || p.owed_count, 'payables:traders',
    'costs:traders', p.currency, p.amount_cents
from payouts.payout p
where p.status in ('failed', 'canceled')
union all
select p.tenant_id, 'trader_payout_paid', p.id, 'payables:traders',
    case when u.transfer_id is null then 'stripe:clearing' else 'suspense:payouts' end, p.currency,
    p.amount_cents
from payouts.payout p
left join unexpected u on u.tenant_id = p.tenant_id and u.transfer_id = p.stripe_transfer_id
where p.status in ('paid', 'reversed')
union all
select r.tenant_id, 'trader_payout_reversed', r.id,
    case when t.id is null then 'stripe:clearing' else 'suspense:payouts' end,
    'recoveries:traders', r.currency, r.amount_cents - r.booked_before_cents
from payouts.reversal r
left join ledger.transfer t on t.tenant_id = r.tenant_id
    and t.kind = 'transfer_unexpected_reversed' and t.source = r.id
union all
select c.tenant_id, 'trader_payout_reversed', c.transfer_id || ':' || c.cents, 'stripe:clearing',
    'recoveries:traders', c.currency,
    c.cents - lag(c.cents, 1, 0::bigint) over (
        partition by c.tenant_id, c.transfer_id order by c.cents)
from came_back c
union all
select p.tenant_id, 'trader_payout_reowed', p.id, 'recoveries:traders', 'costs:traders', p.currency,
    p.amount_cents
from payouts.payout p
where p.reowed_at is not null
union all
select u.tenant_id, 'transfer_unexpected', u.transfer_id, 'suspense:payouts', 'stripe:clearing',
    u.currency collate "C", u.amount
from unexpected u
union all
-- Their reversals have no rows of ours.
select u.tenant_id, t.kind, t.source, 'stripe:clearing', 'suspense:payouts',
    u.currency collate "C", null
from unexpected u
join ledger.transfer t on t.tenant_id = u.tenant_id and t.object_id = u.transfer_id
    and t.kind = 'transfer_unexpected_reversed';
$view$);
