-- What operators read of the ledger, and the check of all books.

call pg_temp.view('admin.ledger_balances', $view$
select t.slug as tenant, b.mode, b.code, b.owner, b.asset, b.balance, b.entries
from ledger.balance_v b
join core.tenant t on t.id = b.tenant_id;
$view$);
comment on view admin.ledger_balances is 'the balance of every ledger account, debit positive';

call pg_temp.view('admin.ledger_entries', $view$
select t.slug as tenant, r.id as transfer_id, r.kind, r.source, a.mode, a.code, a.owner, a.asset,
    e.amount, round(e.amount / 10::numeric ^ s.exponent, s.exponent) as in_units, r.object_id,
    r.external_id, r.effective_at, r.posted_at
from ledger.entry e
join ledger.transfer r on r.tenant_id = e.tenant_id and r.id = e.transfer_id
join ledger.account a on a.tenant_id = e.tenant_id and a.id = e.account_id
join core.tenant t on t.id = e.tenant_id
left join ledger.asset s on s.code = a.asset;
$view$);
comment on view admin.ledger_entries is
    'every leg of every transfer of the ledger, debit positive, with the object that it is about';

call pg_temp.view('admin.payment_check', $view$
select p.tenant_id, case when a.id is null then 'paid, but no account'
    else 'account without a paid payment' end as problem, p.id as object_id,
    concat_ws(' ', p.status, p.stripe_payment_intent_id, a.id) as detail
from payments.payment p
left join payments.prop_account a on a.tenant_id = p.tenant_id and a.payment_id = p.id
where (p.status = 'succeeded' and (p.mismatch is null or p.mismatch_accepted_at is not null))
    <> (a.id is not null)
union all
select m.tenant_id, 'loss of a dispute differs from what is withdrawn', m.dispute_id,
    format('%s: lost %s %s, withdrawn %s', d.status, sum(m.lost), m.currency, sum(m.withdrawn))
from (
    select tenant_id, dispute_id, currency, -amount as withdrawn, 0 as lost
    from payments.dispute_movement
    union all
    select tenant_id, dispute_id, currency, 0, amount from payments.dispute_loss) as m
join payments.dispute d on d.tenant_id = m.tenant_id and d.id = m.dispute_id
-- of those that were booked before migration 0032 not all movements may be known
join (
    select tenant_id, dispute_id, count(*) as known
    from payments.dispute_movement
    group by tenant_id, dispute_id) as k
    on k.tenant_id = m.tenant_id and k.dispute_id = m.dispute_id and k.known >= d.movements
group by m.tenant_id, m.dispute_id, d.status, m.currency
having sum(m.lost) <> case d.status when 'lost' then sum(m.withdrawn) else 0 end;
$view$);
comment on view admin.payment_check is
    'must be empty: the part of admin.ledger_check that is about payments and disputes';

call pg_temp.view('admin.ledger_check', $view$
select coalesce(t.slug, c.tenant_id) as tenant, c.problem, c.object_id, c.detail
from (
    select * from admin.posting_check()
    union all
    select b.tenant_id, p.problem, concat_ws(' ', b.code, nullif(b.owner, ''), b.asset), p.detail
    from ledger.balance_v b
    join ledger.account a on a.tenant_id = b.tenant_id and a.id = b.account_id
    left join ledger.code c on c.code = b.code
    cross join lateral (values
        (a.balance <> b.balance, 'kept balance differs from the entries',
            format('%s, entries %s', a.balance, b.balance)),
        (case c.normal_side when 'debit' then b.balance < 0 when 'credit' then b.balance > 0 end,
            'balance on the wrong side', b.balance::text)) as p (is_wrong, problem, detail)
    where p.is_wrong
    union all
    select * from admin.payment_check
    union all
    select * from admin.payout_check) as c
left join core.tenant t on t.id = c.tenant_id;
$view$);
comment on view admin.ledger_check is
    'must be empty: each row of ours posted as it must be and nothing else, sums, balances, what '
    'was paid provisioned';
