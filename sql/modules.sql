-- The views, functions and rights of all modules, in the order of what needs what.

\ir core/load.sql
\ir auth/load.sql
\ir ledger/load.sql
\ir webhooks/load.sql
\ir stripe_events/load.sql
\ir payments/load.sql
\ir connect/load.sql
\ir payouts/load.sql
\ir journal/load.sql
\ir reconciliation/load.sql
\ir retention/load.sql
-- What the modules above say.
set local role purser_background;
\ir ledger/ledger.expected_v.sql
\ir ledger/ledger.difference_v.sql
\ir admin/load.sql
