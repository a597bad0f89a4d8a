-- What operators read.  The views belong to purser_background and show every tenant.

call pg_temp.view('admin.payments', $view$
select t.slug as tenant, p.id, p.status, p.amount_cents, p.currency, p.refunded_cents, p.tier_id,
    p.user_id, p.stripe_payment_intent_id, a.id as prop_account_id, a.status as account_status,
    p.mismatch, p.mismatch_accepted_at, p.failure_code, p.last_error, p.attempts, p.next_run_at,
    p.lease_holder, p.lease_until, p.paid_at, p.created_at, p.updated_at
from payments.payment p
join core.tenant t on t.id = p.tenant_id
left join payments.prop_account a on a.tenant_id = p.tenant_id and a.payment_id = p.id;
$view$);
comment on view admin.payments is 'every payment with its account';

call pg_temp.view('admin.accounts', $view$
select t.slug as tenant, a.id, a.status, a.status_before, a.provision_state, a.tier_id,
    a.asset_class, a.account_size, a.user_id, a.payment_id, a.subaccount_id, a.subaccount_uuid,
    a.synthetic_hotkey, a.provision_attempts, a.unknown_since, a.next_run_at,
    a.last_error,
    array(
        select s.kind || ' ' || s.source
        from payments.suspension s
        where s.tenant_id = a.tenant_id and s.account_id = a.id and s.lifted_at is null
        order by s.created_at) as suspended_by,
    a.created_at, a.updated_at
from payments.prop_account a
join core.tenant t on t.id = a.tenant_id;
$view$);
comment on view admin.accounts is
    'every prop account, how its provisioning stands, what suspends it';

call pg_temp.view('admin.events', $view$
select e.stripe_account, e.id, e.type, e.state, e.object_id, e.waits_for, e.last_error, e.attempts,
    e.parks, e.next_run_at, e.livemode, to_timestamp(e.created_s) as created_at,
    e.received_at, e.applied_at
from stripe_events.event e;
$view$);
comment on view admin.events is 'Stripe events in, without their payload';

call pg_temp.view('admin.passed_events', $view$
select c.stripe_account, c.day, c.reason, c.type, c.count
from stripe_events.passed c;
$view$);
comment on view admin.passed_events is
    'messages of Stripe that are not ours, counted by day: about strangers'' objects, of types '
    'without use, no events at all';

call pg_temp.view('admin.exceptions', $view$
select t.slug as tenant, e.id, e.kind, k.meaning, e.object_kind, e.object_id, e.detail,
    e.opened_at, date_trunc('second', coalesce(e.resolved_at, now()) - e.opened_at) as age,
    k.closes, e.resolved_at, e.resolved_by, e.resolution
from core.exception e
join core.tenant t on t.id = e.tenant_id
left join core.exception_kind k on k.kind = e.kind;
$view$);
comment on view admin.exceptions is
    'every fact about money that does not fit, what closes it, and how it was resolved';

call pg_temp.view('admin.stuck', $view$
select 'exception' as what, e.id,
    format('%s of %s %s: %s', e.kind, e.object_kind, e.object_id, e.detail) as why,
    e.opened_at as since
from core.exception e
where e.resolved_at is null
union all
select 'payment', p.id,
    format('creating for %s, %s tries: %s',
        date_trunc('second', now() - p.created_at), p.attempts, p.last_error),
    p.created_at
from payments.payment p
where p.status = 'creating' and p.created_at < now() - interval '10 min'
union all
select 'account', a.id,
    format('%s after %s tries: %s', a.provision_state, a.provision_attempts, a.last_error),
    a.updated_at
from payments.prop_account a
where a.provision_state = 'failed'
    or a.provision_state in ('queued', 'calling', 'unknown') and a.status = 'provisioning'
        and a.created_at < now() - interval '10 min'
union all
select 'event', e.id, format('%s: %s', e.type, e.last_error), e.received_at
from stripe_events.event e
where e.state = 'failed'
union all
select 'event', e.id,
    format('%s: %s for %s, waits for %s', e.type, e.state,
        date_trunc('second', now() - e.received_at), e.waits_for),
    e.received_at
from stripe_events.event e
where e.state in ('pending', 'parked') and e.received_at < now() - interval '10 min'
union all
select 'refund', r.id, format('open for %s, %s tries: %s',
        date_trunc('second', now() - r.created_at), r.attempts, r.last_error),
    r.created_at
from admin.refunds r
where r.status = 'open' and r.created_at < now() - interval '10 min'
union all
select 'dispute', d.id,
    format('%s of payment %s: evidence is due %s, answer it at Stripe', d.stripe_status,
        d.payment_id, coalesce('at ' || d.evidence_due_by, 'at a time that Stripe does not say')),
    d.created_at
from admin.disputes d
where d.status = 'needs_response'
    and coalesce(d.evidence_due_by < now() + interval '7 days', true)
union all
select s.what, s.id, s.why, s.since from admin.stuck_payouts s;
$view$);
comment on view admin.stuck is
    'what needs a person: exceptions, what failed or does not end, payouts that wait for '
    'operators, disputes';

call pg_temp.view('admin.audit_check', $view$
select a.id, a.at, a.action
from (
    select b.*, lag(b.hash, 1, '\x') over (order by b.id) as expected_previous,
        row_number() over (order by b.id) as number
    from admin.audit b) as a
where a.previous_hash <> a.expected_previous or a.id <> a.number
    or a.hash <> admin.audit_hash(a.previous_hash, a.id, a.at, a.actor, a.action, a.object_id,
        a.arguments, a.reason);
$view$);
comment on view admin.audit_check is
    'must be empty: audit rows that were changed, removed or put in between';

call pg_temp.view('admin.help', $view$
select format('admin.%s', p.proname) as name, d.description as what,
    pg_get_function_arguments(p.oid) as arguments
from pg_proc p
join pg_description d on d.objoid = p.oid and d.classoid = 'pg_proc'::regclass
where p.pronamespace = 'admin'::regnamespace
union all
select format('admin.%s', c.relname), d.description, null
from pg_class c
join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
where c.relnamespace = 'admin'::regnamespace and c.relkind in ('v', 'r')
order by 1;
$view$);
comment on view admin.help is 'this list; functions have arguments';
