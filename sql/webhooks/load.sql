-- Module webhooks: the outbox of events for clients.
-- Views and functions, each after what it needs.  Rights on tables come last.

set local role purser_owner;
\ir webhooks.outbox_add.sql

set local role purser_owner;
\ir tables.sql
