-- What operators read of Connect accounts and trader payouts.  Before views.sql, whose
-- admin.stuck asks these.

call pg_temp.view('admin.connect_accounts', $view$
select t.slug as tenant, a.id, a.status, a.country, a.recipient, a.user_id, a.stripe_account_id,
    a.payouts_enabled, a.transfers_enabled, a.charges_enabled, a.details_submitted,
    a.disabled_reason, a.bank_name, a.last4, a.payable_since, a.bank_changed_at, a.checked_at,
    a.gone_at, a.gone_reason, a.failure_code,
    a.failure_message, a.last_error, a.attempts, a.next_run_at, a.lease_holder, a.lease_until,
    a.created_at, a.updated_at
from connect.account a
join core.tenant t on t.id = a.tenant_id;
$view$);
comment on view admin.connect_accounts is 'every Connect account and what Stripe last said of it';

call pg_temp.view('admin.payouts', $view$
select t.slug as tenant, p.id, p.status, p.amount_cents, p.currency, p.account_id, p.user_id,
    p.attempt, p.connect_account_id, p.destination, p.bank_name, p.last4,
    c.bank_name as bank_name_now, c.last4 as last4_now,
    admin.hold_reason(p) as hold_reason,
    array(
        select l.released_by
        from payouts.release l
        where l.tenant_id = p.tenant_id and l.payout_id = p.id and l.attempt = p.attempt
        order by l.released_at) as released_by,
    p.stripe_transfer_id, p.reversed_cents,
    p.reowed_at, p.failure_code, p.failure_reason, p.last_error, p.submit_requested_at,
    p.sent_at, p.attempts, p.deferrals, p.next_run_at, p.lease_holder, p.lease_until,
    p.valuation_id, r.formula_version, r.digest, r.weeks, p.requested_at, p.completed_at,
    p.updated_at
from payouts.payout p
join payouts.valuation r on r.tenant_id = p.tenant_id and r.id = p.valuation_id
join core.tenant t on t.id = p.tenant_id
left join connect.account c on c.tenant_id = p.tenant_id and c.id = p.connect_account_id;
$view$);
comment on view admin.payouts is
    'every trader payout: its payee, what holds it, who released it, the reading that decided it';

call pg_temp.view('admin.estimates', $view$
select t.slug as tenant, e.account_id, a.user_id, a.status, e.bucket, e.total_cents,
    e.highest_cents, e.committed_cents, e.observed_at, e.problem, e.valuation_id
from payouts.estimate e
join payments.prop_account a on a.tenant_id = e.tenant_id and a.id = e.account_id
join core.tenant t on t.id = e.tenant_id;
$view$);
comment on view admin.estimates is
    'what the validator last said of every account, and what payouts have taken of it';

call pg_temp.view('admin.stuck_payouts', $view$
select 'connect' as what, a.id,
    format('creating for %s, %s tries: %s',
        date_trunc('second', now() - a.created_at), a.attempts, a.last_error) as why,
    a.created_at as since
from connect.account a
where a.status = 'creating' and a.created_at < now() - interval '10 min'
union all
select 'payout', p.id,
    format('%s since %s, %s tries: %s', p.status, p.sent_at, p.attempts, p.last_error),
    p.updated_at
from payouts.payout p
where p.status = 'processing' and p.deferrals = 0 and p.sent_at < now() - interval '10 min'
union all
select 'payout', p.id, format('%s times %s, asked for again at %s', p.deferrals, p.last_error,
        date_trunc('second', p.next_run_at)),
    p.updated_at
from payouts.payout p
where p.status = 'processing' and p.deferrals > 0
union all
select 'payout', p.id, format('waits to be submitted: %s', p.last_error), p.submit_requested_at
from payouts.payout p
where p.status = 'pending' and p.submit_requested_at < now() - interval '10 min'
union all
-- The case asks payouts.may_send of those alone that are above a limit.
select 'payout', p.id, h.reason, p.requested_at
from payouts.payout p
join core.tenant t on t.id = p.tenant_id
cross join lateral (
    select case when p.amount_cents > least(t.payout_maximum_cents, t.payout_second_person_cents)
        then admin.limit_reason(p) end) as h (reason)
where p.status = 'pending' and h.reason is not null
    and (p.submit_requested_at < now() - interval '10 min') is not true
union all
select 'estimate', e.account_id, e.problem, e.updated_at
from payouts.estimate e
where e.problem is not null;
$view$);
comment on view admin.stuck_payouts is
    'the part of admin.stuck that is about Connect accounts and trader payouts';

call pg_temp.view('admin.payout_check', $view$
select e.tenant_id, 'what payouts take differs from them' as problem, e.account_id as object_id,
    format('%s, payouts %s', e.committed_cents, coalesce(sum(p.amount_cents), 0)) as detail
from payouts.estimate e
left join payouts.payout p on p.tenant_id = e.tenant_id and p.account_id = e.account_id
    and p.status not in ('failed', 'canceled') and p.reowed_at is null
group by e.tenant_id, e.account_id
having e.committed_cents <> coalesce(sum(p.amount_cents), 0)
union all
select e.tenant_id, 'more taken than ever earned', e.account_id,
    format('%s of %s', e.committed_cents, e.highest_cents)
from payouts.estimate e
where e.committed_cents > e.highest_cents;
$view$);
comment on view admin.payout_check is
    'must be empty: the part of admin.ledger_check that is about what payouts take';
