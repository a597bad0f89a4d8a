-- The five group roles and the migration list.  Roles belong to the cluster:
-- every database of it shares them.  None can log in; logins are made by the
-- operator: create role payments1 login in role purser_worker;
--
--   purser_owner       owns schemas, tables, views and most functions; row-level security
--                      binds it to purser.tenant
--   purser_background  owns the functions that must see every tenant (auth, admin, the claims
--                      of jobs, what applies and receives events)
--   purser_worker      what programs that serve requests may call and read; no table rights
--   purser_jobs        what purser_worker may, the claims of jobs, what applies events
--   purser_admin       what operators may call and read

do $$
declare
    v_role text;
begin
    foreach v_role in array array['purser_owner', 'purser_background', 'purser_worker',
        'purser_jobs', 'purser_admin']
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
    if not pg_has_role('purser_jobs', 'purser_worker', 'member') then
        begin
            grant purser_worker to purser_jobs;
        exception
            when unique_violation then null;
        end;
    end if;
end
$$;

begin;
create schema if not exists core authorization purser_owner;
set local role purser_owner;
create table if not exists core.migration (
    name text primary key,
    applied_at timestamptz not null default now()
);
commit;
