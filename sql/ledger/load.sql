-- Module ledger: double-entry bookkeeping.
-- Views and functions, each after what it needs.  Rights on tables come last.

set local role purser_owner;
\ir ledger.lock.sql
\ir ledger.post.sql
\ir ledger.balance_at.sql

set local role purser_background;
\ir ledger.transfer_check.sql

set local role purser_owner;
\ir tables.sql
