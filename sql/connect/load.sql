-- Module connect: payees.
-- Views and functions, each after what it needs.  Rights on tables and leases come last.

set local role purser_owner;
\ir connect.account_is_payable.sql
\ir connect.payee_mark.sql
\ir connect.account_v.sql
\ir connect.account_answer.sql
\ir connect.account_status.sql
\ir connect.external_accounts.sql
\ir connect.account_bank.sql
\ir connect.account_bank_id.sql
\ir connect.account_publish.sql
\ir connect.account_apply.sql
\ir connect.account_gone.sql
\ir connect.account_event_ignore.sql
\ir connect.account_restore.sql
\ir connect.account_lock.sql
\ir connect.account_begin.sql
\ir connect.account_settle.sql
\ir connect.account_refuse.sql
\ir connect.account_unknown.sql
\ir connect.onboarding_link_begin.sql
\ir connect.account_read.sql
\ir connect.account_refresh.sql

set local role purser_background;
\ir connect.account_claim.sql
\ir connect.account_event.sql
\ir connect.account_event_gone.sql

set local role purser_owner;
\ir tables.sql
