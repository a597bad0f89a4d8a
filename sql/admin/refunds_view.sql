-- What operators see of the refunds that they asked for.  Before views.sql, whose admin.stuck asks.

call pg_temp.view('admin.refunds', $view$
select t.slug as tenant, i.id, i.payment_id, i.amount_cents, i.currency, i.status,
    i.stripe_refund_id, r.status as stripe_status, i.failure_code, i.failure_message, i.sent_at,
    i.attempts, i.deferrals, i.next_run_at, i.last_error, i.lease_holder, i.lease_until,
    i.created_at, i.updated_at
from payments.refund_intent i
join core.tenant t on t.id = i.tenant_id
left join payments.refund r on r.id = i.stripe_refund_id and r.tenant_id = i.tenant_id;
$view$);
comment on view admin.refunds is 'every refund that an operator asked for, and how it stands';
