-- What Stripe's balance transactions say must be in the ledger: as payments.expected_v, with what
-- of the amount is Stripe's fee, and the Stripe account.
call pg_temp.view('reconciliation.expected_v', $view$
-- What was another application's when it was read, and turned out to be ours.
with rematched as (
    -- before this migration in the currency of the balance, also after an exchange
    select t.tenant_id, t.source, t.posted_at < (
        select m.applied_at from core.migration m where m.name = '0050_facts') as in_one_currency
    from core.tenant n
    join ledger.transfer t on t.tenant_id = n.id and t.kind = 'balance_transaction_rematched'
), booked as (
    select b.*, case
        when b.booked_as = 'fee' then 'fees:stripe'
        when b.booked_as = 'bank' then 'bank:stripe'
        when b.booked_as = 'suspense' then 'suspense:stripe'
        when r.source is not null then 'stripe:external'
        else 'stripe:' || b.booked_as end as against,
        -- the fee of a dispute, which was posted before migration 0030
        b.fee <> 0 and b.object_id = b.id and exists (
            select from ledger.transfer t
            where t.tenant_id = b.tenant_id and t.kind = 'dispute_fee' and t.source = b.id)
            as fee_is_posted,
        -- in two currencies
        b.source_currency is not null and b.booked_as = 'clearing' and r.source is null
            as is_exchanged,
        b.source_currency is not null and r.in_one_currency is false as is_exchanged_late
    from reconciliation.balance_transaction b
    left join rematched r on r.tenant_id = b.tenant_id and r.source = b.id
)
select b.tenant_id, b.stripe_account, 'balance_transaction' as kind, b.id as source,
    'stripe:balance' as debit, b.against as credit, b.currency as asset,
    case when b.fee_is_posted or b.booked_as = 'fee' then b.net else b.amount end as amount,
    case when b.fee_is_posted or b.booked_as = 'fee' then 0 else b.fee end as fee
from booked b
where not b.is_exchanged
union all
-- After an exchange both sides stand in fx:stripe.
select b.tenant_id, b.stripe_account, 'balance_transaction', b.id, 'stripe:balance', 'fx:stripe',
    b.currency, b.amount, b.fee
from booked b
where b.is_exchanged
union all
select b.tenant_id, b.stripe_account, 'balance_transaction', b.id, 'fx:stripe', b.against,
    b.source_currency, b.source_amount, 0
from booked b
where b.is_exchanged
union all
select b.tenant_id, b.stripe_account, 'balance_transaction_rematched', b.id, 'stripe:external',
    case when b.is_exchanged_late then 'fx:stripe' else 'stripe:clearing' end, b.currency, b.amount,
    0
from booked b
join rematched r on r.tenant_id = b.tenant_id and r.source = b.id
where b.booked_as = 'clearing'
union all
select b.tenant_id, b.stripe_account, 'balance_transaction_rematched', b.id, 'fx:stripe',
    'stripe:clearing', b.source_currency, b.source_amount, 0
from booked b
where b.booked_as = 'clearing' and b.is_exchanged_late;
$view$);
