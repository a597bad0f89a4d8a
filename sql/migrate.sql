-- Applies migrations/:name.sql as purser_owner, once.  A migration that must
-- see every tenant's rows does `set local role purser_background` itself.

begin;
-- Requests wait behind a lock that a migration waits for.
set local lock_timeout = '2s';
lock table core.migration in exclusive mode;
select not exists (select from core.migration where name = :'name') as todo \gset
\if :todo
    create schema if not exists auth authorization purser_owner;
    create schema if not exists payments authorization purser_owner;
    create schema if not exists webhooks authorization purser_owner;
    create schema if not exists ledger authorization purser_owner;
    create schema if not exists stripe_events authorization purser_owner;
    create schema if not exists retention authorization purser_owner;
    create schema if not exists reconciliation authorization purser_owner;
    create schema if not exists admin authorization purser_owner;
    create schema if not exists connect authorization purser_owner;
    create schema if not exists payouts authorization purser_owner;
    create schema if not exists journal authorization purser_owner;
    grant usage, create on schema admin, ledger, auth, webhooks to purser_background;
    grant usage on schema core, payments, journal to purser_background;
    grant usage on schema connect, payouts to purser_background;
    set local role purser_owner;
    \ir migrations/:name.sql
    insert into core.migration (name) values (:'name');
\endif
commit;
