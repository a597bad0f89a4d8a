-- Prop accounts of the transaction's principal.
call pg_temp.view('payments.prop_account_v', $view$
select a.id, a.user_id, a.tier_id, a.asset_class, a.account_size, a.status, a.subaccount_id,
    a.subaccount_uuid, a.synthetic_hotkey, a.stripe_payment_intent_id, a.payment_id, a.created_at,
    (select s.name from core.stripe_account s where s.tenant_id = a.tenant_id) as stripe_account
from payments.prop_account a
where a.tenant_id = (select current_setting('purser.tenant', true))
    and a.user_id = (select current_setting('purser.principal', true));
$view$);
grant select on payments.prop_account_v to purser_payments;
