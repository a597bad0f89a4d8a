-- Deliveries to endpoints of the transaction's tenant and mode.
call pg_temp.view('webhooks.delivery_v', $view$
select d.id, e.api, d.endpoint_id, d.event_type, d.status, d.attempts, d.response_status
from webhooks.delivery d
join webhooks.endpoint e on (e.tenant_id, e.id) = (d.tenant_id, d.endpoint_id)
where d.tenant_id = (select current_setting('purser.tenant', true))
    and e.mode = (select current_setting('purser.mode', true));
$view$);
grant select on webhooks.delivery_v to purser_background, purser_webhooks;
