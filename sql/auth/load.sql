-- Module auth: authentication by app tokens, sessions and journal keys.
-- Views and functions, each after what it needs.  Rights on tables come last.

set local role purser_background;
\ir auth.assume.sql
\ir auth.authenticate_app.sql
\ir auth.authenticate_session.sql
\ir auth.authenticate_journal.sql

set local role purser_owner;
\ir tables.sql
