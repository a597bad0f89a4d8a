-- Makes the login of an operator, or sets its limits again:
--
--   psql -d purser -v operator=alice -f sql/operator.sql
--
-- A transaction that is left open keeps the rows locked that it changed, and keeps sql/load.sql
-- from replacing views that it has read.  So an idle one ends after 20 seconds; a statement waits
-- 5 seconds for a lock and runs for 5 minutes at most.  These are the defaults of a session, which
-- the operator may change within it.
\set ON_ERROR_STOP on
\set QUIET on
set client_min_messages = warning;

select format('create role %I login', :'operator')
where not exists (select from pg_catalog.pg_roles where rolname = :'operator') \gexec
grant purser_admin to :"operator";
alter role :"operator" set idle_in_transaction_session_timeout = '20s';
alter role :"operator" set lock_timeout = '5s';
alter role :"operator" set statement_timeout = '5min';
