-- Module webhooks: the outbox of events for clients.
-- Views and functions, each after what it needs.  Rights of purser_background on tables come last.

set local role purser_owner;
\ir webhooks.outbox_add.sql

set local role purser_owner;
\ir grants.sql
