-- Payments of the transaction's principal.
call pg_temp.view('payments.payment_v', $view$
select p.id, p.user_id, p.stripe_payment_intent_id, p.amount_cents, p.currency, p.status, p.tier_id,
    p.market, a.id as prop_account_id, p.created_at
from payments.payment p
left join payments.prop_account a on a.tenant_id = p.tenant_id and a.payment_id = p.id
where p.tenant_id = (select current_setting('purser.tenant', true))
    and p.user_id = (select current_setting('purser.principal', true));
$view$);
grant select on payments.payment_v to purser_background;
grant select on payments.payment_v to purser_payments;
