-- Module reconciliation: Stripe's balance transactions against the books.
-- Views and functions, each after what it needs.  Rights on tables come last.

set local role purser_background;
\ir reconciliation.movement_of.sql
\ir reconciliation.is_of_tenant.sql
\ir reconciliation.legs.sql
\ir reconciliation.balance_transaction_book.sql
\ir reconciliation.balance_transaction_rematch.sql
\ir reconciliation.balance_raised.sql
\ir reconciliation.balance_transaction_receive.sql
\ir reconciliation.balance_transaction_claim.sql
\ir reconciliation.expected_v.sql

set local role purser_owner;
\ir tables.sql
