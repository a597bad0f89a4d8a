-- Module webhooks: the outbox of events for clients, their endpoints, the deliveries.
-- Views and functions, each after what it needs.  Rights on tables come last.

set local role purser_owner;
\ir webhooks.outbox_add.sql
\ir webhooks.event_is_for.sql
\ir webhooks.time_of.sql
\ir webhooks.id_at.sql
\ir webhooks.endpoint_v.sql
\ir webhooks.delivery_v.sql
\ir webhooks.endpoint_lock.sql
\ir webhooks.endpoint_need.sql
\ir webhooks.secret_add.sql
\ir webhooks.endpoint_create.sql
\ir webhooks.endpoint_deactivate.sql
\ir webhooks.endpoint_rotate.sql
\ir webhooks.endpoint_recover.sql
\ir webhooks.delivery_resend.sql

set local role purser_background;
\ir webhooks.endpoint_active_v.sql
\ir webhooks.outbox_fan_out.sql
\ir webhooks.endpoint_due.sql
\ir webhooks.delivery_lease.sql
\ir webhooks.delivery_claim.sql
\ir webhooks.delivery_successors.sql
\ir webhooks.endpoint_publish.sql
\ir webhooks.endpoint_settle.sql
\ir webhooks.delivery_settle.sql

set local role purser_owner;
\ir tables.sql
