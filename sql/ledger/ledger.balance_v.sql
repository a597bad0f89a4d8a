-- Every account of every tenant with its balance now, the sum of its entries (debit positive).  For
-- functions and views of purser_background, to which it belongs.
call pg_temp.view('ledger.balance_v', $view$
select a.tenant_id, a.id as account_id, a.mode, a.code, a.owner, a.asset,
    coalesce(sum(e.amount), 0) as balance, count(e.amount) as entries
from ledger.account a
left join ledger.entry e on e.tenant_id = a.tenant_id and e.account_id = a.id
group by a.tenant_id, a.id;
$view$);
