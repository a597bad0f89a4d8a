-- Endpoints of the transaction's tenant and mode, without their secrets.
call pg_temp.view('webhooks.endpoint_v', $view$
select e.id, e.api, e.url, to_jsonb(e.events) as events, e.description,
    e.deactivated_at is null and e.disabled_at is null as active
from webhooks.endpoint e
where e.tenant_id = (select current_setting('purser.tenant', true))
    and e.mode = (select current_setting('purser.mode', true));
$view$);
grant select on webhooks.endpoint_v to purser_background, purser_webhooks;
