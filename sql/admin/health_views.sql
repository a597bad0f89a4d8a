-- What operators look at first: whether Purser knows what happens at Stripe, and what waits.

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
select 'Stripe events', case when min(e.received_at) < now() - interval '10 min' then 'late'
        else 'ok' end,
    format('%s are not applied', count(*)), min(e.received_at)
from stripe_events.event e
where e.state in ('pending', 'parked')
having count(*) > 0;
$view$);
comment on view admin.health is
    'how far Stripe''s lists are read, what waits in stripe:clearing, open exceptions, events';
