-- Payouts of the transaction's tenant as clients see them; for functions.
call pg_temp.view('payouts.payout_row_v', $view$
select p.id, p.user_id, p.account_id, p.amount_cents, p.currency, p.status, p.stripe_transfer_id,
    p.failure_reason,
    case when p.destination is not null then
        json_build_object('stripe_account_id', p.destination, 'bank_name', p.bank_name,
            'last4', p.last4) end as destination,
    case when p.status = 'processing' and p.sends = 0
        then coalesce(payouts.hold_reason(p.id), 'refused for now: it is tried again by itself')
        when p.status in ('pending', 'processing') then payouts.hold_reason(p.id) end
        as hold_reason,
    to_char(p.requested_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as requested_at,
    to_char(p.completed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as completed_at
from payouts.payout p
where p.tenant_id = (select current_setting('purser.tenant', true));
$view$);
grant select on payouts.payout_row_v to purser_background;
