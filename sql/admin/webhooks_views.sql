-- What operators see of webhooks: endpoints, without their secrets, and deliveries.

call pg_temp.view('admin.endpoints', $view$
select t.slug as tenant, e.id, e.api, e.mode, e.url, e.events,
    case when e.deactivated_at is not null then 'deactivated' when e.disabled_at is not null
        then 'disabled' when e.failing_since is not null then 'failing' else 'active' end as status,
    e.disabled_reason, e.failing_since, e.last_success_at, d.waiting, d.oldest_at,
    e.description, e.created_at, e.disabled_at, e.deactivated_at
from webhooks.endpoint e
join core.tenant t on t.id = e.tenant_id
cross join lateral (
    select count(*) as waiting, min(d.created_at) as oldest_at
    from webhooks.delivery d
    where (d.tenant_id, d.endpoint_id) = (e.tenant_id, e.id) and d.status = 'pending') as d;
$view$);
comment on view admin.endpoints is
    'webhook endpoints of clients: their state, and what waits to be sent there';

call pg_temp.view('admin.deliveries', $view$
select t.slug as tenant, d.id, d.endpoint_id, d.event_id, d.event_type, d.object_id, d.number,
    d.status, d.attempts, d.response_status, d.last_error, d.created_at, d.delivered_at,
    case when d.status = 'pending' then d.next_run_at end as next_run_at,
    d.lease_holder, a.ended_at, a.latency_ms, a.response_start
from webhooks.delivery d
join core.tenant t on t.id = d.tenant_id
left join webhooks.attempt a on (a.tenant_id, a.delivery_id, a.number)
    = (d.tenant_id, d.id, d.attempts);
$view$);
comment on view admin.deliveries is 'webhooks: each event for each endpoint, with its last attempt';

call pg_temp.view('admin.attempts', $view$
select t.slug as tenant, d.endpoint_id, a.delivery_id, a.number, a.ended_at, a.response_status,
    a.latency_ms, a.error, a.response_start
from webhooks.attempt a
join webhooks.delivery d on (d.tenant_id, d.id) = (a.tenant_id, a.delivery_id)
join core.tenant t on t.id = a.tenant_id;
$view$);
comment on view admin.attempts is 'webhooks: every attempt of a delivery, and what was answered';
