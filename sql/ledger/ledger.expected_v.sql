-- What must be in the ledger, of every tenant, as the rows of all modules say.  The views of the
-- modules restate what must be true of payments, payouts and Stripe's balance transactions; they do
-- not repeat how functions post it.  It belongs to purser_background.
--
-- One row for each transfer and asset (debit positive): the code in debit has the amount less the
-- fee, fees:stripe has the fee, the code in credit has the negative amount.  stripe_account: null =
-- the tenant's.  amount: null = any.  credit: null = the row is one leg of several
call pg_temp.view('ledger.expected_v', $view$
select x.tenant_id, null as stripe_account, x.kind collate "C" as kind, x.source,
    x.debit collate "C" as debit, x.credit collate "C" as credit, x.asset, x.amount,
    0::numeric as fee
from payments.expected_v x
union all
select x.tenant_id, null, x.kind, x.source, x.debit, x.credit, x.asset, x.amount, 0
from payouts.expected_v x
union all
select x.tenant_id, x.stripe_account, x.kind, x.source, x.debit, x.credit, x.asset, x.amount, x.fee
from reconciliation.expected_v x
union all
-- All that was posted to stripe:balance before migration 0030 went to stripe:clearing at once.
select t.tenant_id, a.owner, 'opening', a.owner || ':' || a.asset, 'stripe:clearing',
    'stripe:balance', a.asset, sum(e.amount), 0
from ledger.account a
join ledger.entry e on e.tenant_id = a.tenant_id and e.account_id = a.id
join ledger.transfer t on t.tenant_id = e.tenant_id and t.id = e.transfer_id
    and t.effective_at is null
where a.code = 'stripe:balance'
group by t.tenant_id, a.id, a.owner, a.asset
union all
-- What operators post stands in their audit.
select a.object_id collate "C", null, 'operator_adjustment', a.id::text, l.leg ->> 'code', null,
    (l.leg ->> 'asset') collate "C", sum((l.leg ->> 'amount')::numeric), 0
from admin.audit a
cross join lateral (select a.arguments -> 'legs' as legs) as j
cross join lateral jsonb_array_elements(case jsonb_typeof(j.legs) when 'array' then j.legs
    else jsonb_build_array(j.legs, j.legs || jsonb_build_object('code', 'adjustments:operator',
        'amount', -(j.legs ->> 'amount')::numeric)) end) as l (leg)
where a.action = 'post_adjustment'
group by a.object_id, a.id, l.leg ->> 'code', l.leg ->> 'asset'
having sum((l.leg ->> 'amount')::numeric) <> 0;
$view$);
