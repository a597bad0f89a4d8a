-- The group roles.  They belong to the cluster: every database of it shares them, and a dump of a
-- database has none, so that this file is run before one is restored into another cluster.  None
-- can log in; logins are made by the operator, one for each program:
-- create role payments1 login in role purser_payments;
--
--   purser_owner       owns schemas, tables, views and most functions; row-level security
--                      binds it to purser.tenant
--   purser_background  owns the functions that must see every tenant (auth, admin, the claims
--                      of jobs, what applies and receives events)
--   purser_payments    what the program of that name calls and reads, and nothing else; so
--   purser_connect       the other four
--   purser_payouts
--   purser_webhooks
--   purser_jobs
--   purser_admin       what operators may call and read

do $$
declare
    v_role text;
begin
    foreach v_role in array array['purser_owner', 'purser_background', 'purser_payments',
        'purser_connect', 'purser_payouts', 'purser_webhooks', 'purser_jobs', 'purser_admin']
    loop
        begin
            if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
                execute format('create role %I nologin', v_role);
            end if;
        exception
            -- another database of this cluster was loaded at the same moment
            when duplicate_object or unique_violation then null;
        end;
    end loop;
end
$$;

-- purser_worker was the one role of all programs that serve requests.  Its logins may do what the
-- four roles may until they are replaced; without logins the role goes.
do $$
declare
    v_role text;
    v_logins text;
begin
    if not exists (select from pg_catalog.pg_roles where rolname = 'purser_worker') then
        return;
    end if;
    if exists (select from pg_catalog.pg_auth_members m
        where m.roleid = 'purser_worker'::regrole and m.member = 'purser_jobs'::regrole)
    then
        revoke purser_worker from purser_jobs;
    end if;
    select string_agg(m.member::regrole::text, ', ') into v_logins
    from pg_catalog.pg_auth_members m
    where m.roleid = 'purser_worker'::regrole;
    if v_logins is null then
        drop role purser_worker;
        return;
    end if;
    foreach v_role in array array['purser_payments', 'purser_connect', 'purser_payouts',
        'purser_webhooks']
    loop
        if not pg_has_role('purser_worker', v_role, 'member') then
            execute format('grant %I to purser_worker', v_role);
        end if;
    end loop;
    raise warning 'purser_worker is out of use: make a login for each program (README, Upgrade) '
        'in place of %', v_logins;
exception
    -- another database of this cluster is still to be loaded
    when dependent_objects_still_exist then null;
end
$$;
