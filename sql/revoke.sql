-- Revokes every right, in the transaction that replaces views and functions: what the files of the
-- modules do not grant is not allowed.  The right of a function or view stands beside it.

do $$
declare
    v_schema text;
begin
    execute format('revoke create, temporary on database %I from public', current_database());
    for v_schema in
        select n.nspname from pg_catalog.pg_namespace n where n.nspowner = 'purser_owner'::regrole
    loop
        execute format('revoke all on schema %I from public, purser_worker, purser_jobs, '
            'purser_admin', v_schema);
        execute format('revoke all on all tables in schema %I from public, purser_worker, '
            'purser_jobs, purser_admin, purser_background', v_schema);
        execute format('revoke all on all functions in schema %I from public, purser_worker, '
            'purser_jobs, purser_admin', v_schema);
        -- create: until the end of the load
        execute format('grant usage, create on schema %I to purser_background', v_schema);
    end loop;
end
$$;
alter default privileges for role purser_owner, purser_background
    revoke execute on functions from public;
revoke all on type payments.checkout_row from public;

grant usage on schema core, auth, stripe_events, payments, connect, payouts, journal
    to purser_worker;
grant usage on schema reconciliation, retention to purser_jobs;
grant usage on schema admin to purser_admin;
