-- The tiers that the transaction's tenant sells, with the names that a checkout gives its fields.
call pg_temp.view('payments.tier_v', $view$
select t.id as tier_id, t.market, t.asset_class, t.account_size, t.price_cents as amount_cents,
    t.currency
from payments.tier t
where t.tenant_id = (select current_setting('purser.tenant', true)) and t.active;
$view$);
grant select on payments.tier_v to purser_payments;
