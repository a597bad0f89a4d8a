-- Revokes every right, in the transaction that replaces views and functions: what the files of the
-- modules do not grant is not allowed.  The right of a function or view stands beside it.

do $$
declare
    v_schema text;
    v_groups text;
    v_table regclass;
begin
    select string_agg(quote_ident(r.rolname), ', ') into v_groups
    from pg_catalog.pg_roles r
    where r.rolname like 'purser\_%' and not r.rolcanlogin
        and r.rolname not in ('purser_owner', 'purser_background');
    execute format('revoke create, temporary on database %I from public', current_database());
    for v_schema in
        select n.nspname from pg_catalog.pg_namespace n where n.nspowner = 'purser_owner'::regrole
    loop
        execute format('revoke all on schema %I from public, %s', v_schema, v_groups);
        execute format('revoke all on all tables in schema %I from public, %s', v_schema, v_groups);
        execute format('revoke all on all functions in schema %I from public, %s', v_schema,
            v_groups);
        -- create: until the end of the load
        execute format('grant usage, create on schema %I to purser_background', v_schema);
    end loop;
    -- not from the owner of a view: it would have no right to read it
    for v_table in
        select c.oid
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspowner = 'purser_owner'::regrole and c.relkind in ('r', 'v')
            and c.relowner = 'purser_owner'::regrole
    loop
        execute format('revoke all on %s from purser_background', v_table);
    end loop;
    execute format('revoke all on type payments.checkout_row from public, %s', v_groups);
end
$$;
alter default privileges for role purser_owner, purser_background
    revoke execute on functions from public;

grant usage on schema core, auth, payments to purser_payments;
grant usage on schema core, auth, connect to purser_connect;
grant usage on schema core, auth, payouts, journal to purser_payouts;
grant usage on schema core, auth, stripe_events, webhooks to purser_webhooks;
grant usage on schema core, stripe_events, payments, connect, payouts, reconciliation, retention,
    webhooks to purser_jobs;
grant usage on schema admin to purser_admin;
