-- What operators look at first: whether Purser knows what happens at Stripe, and what waits.

call pg_temp.view('admin.waiting', $view$
select 'payment' as what, p.id, p.last_error, p.updated_at as since
from payments.payment p
where p.status not in ('succeeded', 'canceled', 'failed') and p.last_error is not null
union all
select 'account', a.id, a.last_error, a.updated_at
from payments.prop_account a
where a.provision_state in ('queued', 'calling', 'unknown') and a.last_error is not null
union all
select 'refund', i.id, i.last_error, i.updated_at
from payments.refund_intent i
where i.status = 'open' and i.last_error is not null
union all
select 'connect', a.id, a.last_error, a.updated_at
from connect.account a
where a.last_error is not null
union all
select 'payout', p.id, p.last_error, p.updated_at
from payouts.payout p
where p.status = 'processing' and p.last_error is not null
union all
select 'event', e.id, e.last_error, e.received_at
from stripe_events.event e
where e.state in ('pending', 'parked') and e.last_error is not null;
$view$);
comment on view admin.waiting is 'rows whose last call of Stripe or the provider brought no result';

call pg_temp.view('admin.health', $view$
select format('list of %s at Stripe account %s', replace(b.list, '_', ' '), b.stripe_account)
        as what,
    case
        when b.refused_at is not null then 'refused'
        when b.covered_until is null or b.covered_until < now() - interval '15 min' then 'late'
        when b.last_error is not null then 'failing'
        else 'ok' end as state,
    coalesce(b.last_error, case when b.covered_until is null then 'never read' end) as why,
    b.covered_until as since
from stripe_events.bookmark b
union all
select format('key of Stripe account %s', a.name),
    case when a.key_problem is not null then 'refused' when a.key = 'in use' then 'ok'
        else 'missing' end,
    case when a.key_problem is not null then concat('the key in its file is not used',
        case a.key when 'in use' then ', one of before is' end, ': ', a.key_problem)
        when a.key = 'none' then 'purser-jobs has no file with a secret key for it'
        when a.key = 'in use' then 'in use'
        else 'its key is of the other mode than its books: no call is made' end,
    a.key_reported_at
from admin.stripe_accounts a
union all
select format('Stripe account of %s', t.slug), 'missing',
    'it has none: its routes that call Stripe answer 503 (admin.create_stripe_account)',
    t.created_at
from core.tenant t
where not exists (select from core.stripe_account s where s.tenant_id = t.id)
union all
select format('stripe:clearing of %s in %s', t.slug, c.asset),
    case when min(c.posted_at) < now() - interval '3 days' then 'late' else 'ok' end,
    format('%s objects wait for their other side', count(*)), min(c.posted_at)
from ledger.clearing_open_v c
join core.tenant t on t.id = c.tenant_id
group by t.slug, c.asset
union all
select format('exceptions of %s', t.slug), 'open',
    format('%s of the kind %s', count(*), e.kind), min(e.opened_at)
from core.exception e
join core.tenant t on t.id = e.tenant_id
where e.resolved_at is null
group by t.slug, e.kind
union all
select format('our right to %s', w.call), 'refused', format('%s rows wait: %s', count(*),
        max(w.why)), min(w.since)
from (
    select substring(r.last_error from '^our (?:key|token) may not make (\S+ [^\s:]+)') as call,
        r.last_error as why, r.since
    from admin.waiting r) as w
where w.call is not null
group by w.call
union all
select 'Stripe events', case when min(e.received_at) < now() - interval '10 min' then 'late'
        else 'ok' end,
    format('%s are not applied', count(*)), min(e.received_at)
from stripe_events.event e
where e.state in ('pending', 'parked')
having count(*) > 0
union all
select 'webhooks', case when min(w.since) < now() - interval '10 min' then 'late' else 'ok' end,
    format('%s are to be sent now', count(*)), min(w.since)
from (
    select o.created_at as since from webhooks.outbox o where o.pending
    union all
    select d.next_run_at
    from webhooks.delivery d
    join webhooks.endpoint_active_v e on (e.tenant_id, e.id) = (d.tenant_id, d.endpoint_id)
    where d.status = 'pending' and d.next_run_at <= now() and e.failing_since is null) as w
having count(*) > 0
union all
select format('webhook endpoints of %s', e.tenant), e.status, format('%s endpoints, where %s '
    'events wait', count(*), sum(e.waiting)), min(e.failing_since)
from admin.endpoints e
where e.status in ('failing', 'disabled')
group by e.tenant, e.status
union all
select 'job ' || d.kind, case when d.oldest < now() - interval '10 min' then 'late' else 'ok' end,
    format('%s rows are due', d.count), d.oldest
from admin.jobs_due() as d
union all
-- the latest comparison by any list
(select distinct on (c.name) format('clock of %s', c.name),
    case when abs(c.ahead_ms) > 5000 then 'wrong' else 'ok' end,
    format('%s s ahead of Stripe''s', round(c.ahead_ms / 1000.0, 1)), b.clock_noted_at
from stripe_events.bookmark b
cross join lateral (values ('the database', b.database_ahead_ms),
    ('purser-jobs', b.program_ahead_ms)) as c (name, ahead_ms)
where b.clock_noted_at is not null
order by c.name, b.clock_noted_at desc);
$view$);
comment on view admin.health is
    'how far Stripe is read, which calls our key may not make, clocks, what waits and what fails';
