-- What the rows of payments, of every tenant, say must be in the ledger: one row for each transfer,
-- with the code that it debits and the one that it credits.  For ledger.expected_v; it belongs to
-- purser_background.
--
-- amount: null = the rows do not tell it
call pg_temp.view('payments.expected_v', $view$
-- PaymentIntents that took money and are no payment's, or were not when they came.
with unexpected as (
    select distinct on (e.tenant_id, e.object_id) e.tenant_id, e.object_id as intent_id,
        e.detail ->> 'currency' as currency, (e.detail ->> 'received')::numeric as received
    from core.exception e
    where e.kind in ('payment_second_intent', 'payment_without_row') and e.detail ? 'received'
    order by e.tenant_id, e.object_id, e.opened_at desc
)
-- Who has paid what we asked for has bought a challenge.
select p.tenant_id, 'challenge_payment' as kind, p.id as source,
    case when u.intent_id is null then 'stripe:clearing' else 'suspense:payments' end as debit,
    'revenue:challenges' as credit, p.currency as asset, p.amount_cents::numeric as amount
from payments.payment p
left join unexpected u on u.tenant_id = p.tenant_id and u.intent_id = p.stripe_payment_intent_id
where p.status = 'succeeded' and p.mismatch is null
union all
-- What Stripe took instead of what we asked for is nobody's until it goes back.
select p.tenant_id, 'payment_mismatch', p.id, 'stripe:clearing', 'suspense:payments',
    p.received_currency, p.received_cents
from payments.payment p
left join unexpected u on u.tenant_id = p.tenant_id and u.intent_id = p.stripe_payment_intent_id
where p.status = 'succeeded' and p.mismatch is not null and u.intent_id is null
union all
-- Accepted by an operator: what had not gone back by then is revenue, what had is a refund.
select p.tenant_id, 'payment_mismatch_accepted', p.id, l.code, null, p.received_currency, l.amount
from payments.payment p
cross join lateral (
    select coalesce(sum(r.amount_cents), 0) as cents
    from payments.refund r
    where r.tenant_id = p.tenant_id and r.payment_id = p.id and r.from_suspense and r.accepted) as b
cross join lateral (values ('suspense:payments', p.received_cents - b.cents),
    ('refunds:challenges', b.cents), ('revenue:challenges', -p.received_cents)) as l (code, amount)
where p.mismatch_accepted_at is not null and l.amount <> 0
union all
select u.tenant_id, 'payment_unexpected', u.intent_id, 'stripe:clearing', 'suspense:payments',
    u.currency collate "C", u.received
from unexpected u
union all
-- Their refunds have no rows of ours.
select t.tenant_id, t.kind, t.source, k.debit, k.credit, a.asset, null
from core.tenant n
cross join (values ('payment_unexpected_refund', 'suspense:payments', 'stripe:clearing'),
    ('payment_unexpected_refund_failed', 'stripe:clearing', 'suspense:payments'))
    as k (kind, debit, credit)
join ledger.transfer t on t.tenant_id = n.id and t.kind = k.kind
join ledger.entry e on e.tenant_id = t.tenant_id and e.transfer_id = t.id
join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
    and a.code = 'suspense:payments'
union all
-- A refund gives back what its payment brought.
select r.tenant_id, 'challenge_refund', r.id,
    case when r.from_suspense then 'suspense:payments' else 'refunds:challenges' end,
    'stripe:clearing', r.currency, r.amount_cents
from payments.refund r
where r.status not in ('failed', 'canceled')
union all
-- One that did not succeed changes nothing: either it was never posted, or it was posted back.
select r.tenant_id, k.kind, r.id,
    case when r.from_suspense and (k.sign = 1 or not r.accepted) then 'suspense:payments'
        else 'refunds:challenges' end,
    'stripe:clearing', r.currency, k.sign * r.amount_cents
from payments.refund r
join ledger.transfer t on t.tenant_id = r.tenant_id and t.kind = 'challenge_refund'
    and t.source = r.id
cross join (values ('challenge_refund', 1), ('challenge_refund_failed', -1)) as k (kind, sign)
where r.status in ('failed', 'canceled')
union all
-- A dispute withdraws money (negative), or reinstates it.
select m.tenant_id, 'dispute_funds', m.id, 'stripe:disputed', 'stripe:clearing', m.currency,
    -m.amount
from payments.dispute_movement m
union all
select l.tenant_id, 'dispute_lost', l.id, 'losses:disputes', 'stripe:disputed', l.currency, l.amount
from payments.dispute_loss l
union all
-- Fees of disputes, before migration 0030.
select t.tenant_id, t.kind, t.source, 'fees:disputes', 'stripe:clearing', m.currency, null
from payments.dispute_movement m
join ledger.transfer t on t.tenant_id = m.tenant_id and t.kind = 'dispute_fee' and t.source = m.id
    and t.effective_at is null;
$view$);
