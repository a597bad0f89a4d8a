-- What operators read of disputes.  Before views.sql, whose admin.stuck asks this.

call pg_temp.view('admin.disputes', $view$
select t.slug as tenant, d.id, d.status, d.stripe_status, d.reason, d.amount_cents, d.currency,
    d.evidence_due_by, date_trunc('second', d.evidence_due_by - now()) as due_in,
    d.payment_id, p.user_id, a.id as prop_account_id, a.status as account_status,
    p.stripe_payment_intent_id,
    (select coalesce(sum(l.amount), 0) from payments.dispute_loss l
        where l.tenant_id = d.tenant_id and l.dispute_id = d.id and l.currency = d.currency)
        as lost_cents,
    d.created_at, d.updated_at
from payments.dispute d
join core.tenant t on t.id = d.tenant_id
join payments.payment p on p.tenant_id = d.tenant_id and p.id = d.payment_id
left join payments.prop_account a on a.tenant_id = p.tenant_id and a.payment_id = p.id;
$view$);
comment on view admin.disputes is
    'every dispute and inquiry: until when Stripe takes evidence, what it suspends, what was lost';
