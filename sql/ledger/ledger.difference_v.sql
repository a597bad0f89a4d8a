-- The legs in which what is posted and what must be posted differ: the full outer join of
-- ledger.expected_v with transfers and their entries, less what is the same.  Empty = each row of
-- ours is posted once, as it must be, and nothing else is.  It belongs to purser_background.
--
-- Without transfer_id: the transfer is missing, kind and source say which.  must: the leg must be
-- there; null = an entry for which there is no such leg; false = the transfer comes from no row.
-- account_id is null when there is no such account: then code and asset say which.  A leg that may
-- have any amount is here as well: its must_be is null.
--
-- It is read whole, by two hash joins, which carry kind, source and code only where they must.
call pg_temp.view('ledger.difference_v', $view$
with stripe_account as (
    select distinct on (t.id) t.id as tenant_id, coalesce(s.name, 'default') as name,
        coalesce(s.mode, 'live') as mode
    from core.tenant t
    left join core.stripe_account s on s.tenant_id = t.id or s.name = 'default'
    order by t.id, s.tenant_id <> t.id, s.created_at, s.name
), account as materialized (
    select a.tenant_id, a.code, a.owner, a.asset, a.id
    from ledger.account a
    join stripe_account s on s.tenant_id = a.tenant_id and s.mode = a.mode
    join ledger.code c on c.code = a.code
        and c.owner_kind = case a.owner when '' then 'tenant' else 'stripe_account' end
), transfer as (
    select coalesce(t.tenant_id, x.tenant_id) as tenant_id, t.id,
        case when t.id is null then x.kind end as kind,
        case when t.id is null then x.source end as source,
        t.id is not null and t.effective_at is null as is_old, x.stripe_account, x.debit, x.credit,
        x.asset, x.amount, x.fee, x.kind is not null as must
    from ledger.transfer t
    full join ledger.expected_v x on x.tenant_id = t.tenant_id and x.kind = t.kind
        and x.source = t.source
), leg as (
    select t.tenant_id, t.id, t.kind, t.source, t.must, a.id as account_id, l.amount,
        case when a.id is null then l.code end as code,
        case when a.id is null then t.asset end as asset
    from transfer t
    left join stripe_account s on s.tenant_id = t.tenant_id
    cross join lateral (values (t.debit, t.amount - t.fee), ('fees:stripe', t.fee),
        (t.credit, -t.amount)) as l (code, amount)
    left join account a on a.tenant_id = t.tenant_id and a.asset = t.asset
        and a.owner in ('', coalesce(t.stripe_account, s.name))
        -- before migration 0030
        and a.code = case when t.is_old and l.code = 'stripe:clearing' then 'stripe:balance'
            else l.code end
    where l.amount is distinct from 0
        and (not t.must or (l.code is not null and t.debit is distinct from t.credit))
)
select coalesce(l.tenant_id, e.tenant_id) as tenant_id,
    coalesce(l.id, e.transfer_id) as transfer_id, l.kind, l.source, l.must,
    coalesce(l.account_id, e.account_id) as account_id, l.code, l.asset,
    l.amount as must_be, e.amount as posted
from leg l
full join ledger.entry e on e.tenant_id = l.tenant_id and e.transfer_id = l.id
    and e.account_id = l.account_id
where l.amount is distinct from e.amount or not l.must;
$view$);
