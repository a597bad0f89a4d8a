-- Takes every right away, in the transaction that replaces views and functions: what the files of
-- the modules do not grant is not allowed.  The right of a function or view stands beside it.

do $$
begin
    execute format('revoke create, temporary on database %I from public', current_database());
end
$$;
alter default privileges for role purser_owner, purser_background
    revoke execute on functions from public;
revoke all on schema core, auth, ledger, webhooks, stripe_events, payments, connect, payouts,
    journal, retention, admin from public, purser_worker, purser_jobs, purser_admin;
revoke all on all tables in schema core, auth, ledger, webhooks, stripe_events, payments,
    connect, payouts, journal, retention, admin
    from public, purser_worker, purser_jobs, purser_admin, purser_background;
revoke all on all functions in schema core, auth, ledger, webhooks, stripe_events, payments,
    connect, payouts, journal, retention, admin
    from public, purser_worker, purser_jobs, purser_admin;
revoke all on type payments.checkout_row from public;

grant usage on schema core, auth, ledger, webhooks, stripe_events, payments, connect, payouts,
    journal, retention, admin to purser_background;
grant usage on schema core, auth, stripe_events, payments, connect, payouts, journal
    to purser_worker;
grant usage on schema retention to purser_jobs;
grant usage on schema admin to purser_admin;
