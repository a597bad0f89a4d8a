-- Endpoints to which events are sent.
call pg_temp.view('webhooks.endpoint_active_v', $view$
select e.*
from webhooks.endpoint e
where e.deactivated_at is null and e.disabled_at is null;
$view$);
grant select on webhooks.endpoint_active_v to purser_background;
