-- Module ledger: double-entry bookkeeping.
-- Views and functions, each after what it needs.  Rights on tables come last.

set local role purser_owner;
\ir ledger.leg.sql
\ir ledger.stripe_leg.sql
\ir ledger.account_open.sql
\ir ledger.same_legs.sql
\ir ledger.move_floors.sql
\ir ledger.post.sql
\ir ledger.posted.sql
\ir ledger.wait_until_final.sql
\ir ledger.balance_at.sql

set local role purser_background;
\ir ledger.entries_check.sql
\ir ledger.balance_v.sql
\ir ledger.clearing_open_v.sql
\ir ledger.kind_v.sql

set local role purser_owner;
\ir chart.sql
\ir tables.sql
