-- Drops what load.sql replaces whole, in its transaction, in all schemas of purser_owner:
-- views and functions may then change their columns, parameters and results, and nothing stale
-- stays behind.  What a trigger, a policy or a default depends on stays, and is replaced in place.
-- PostgreSQL plans the prepared statements of running programs again.
do $$
declare
    v_object record;
    v_left int := -1;
    v_before int;
begin
    loop
        v_before := v_left;
        v_left := 0;
        for v_object in
            select 'function' as kind, p.oid::regprocedure::text as name
            from pg_catalog.pg_proc p
            join pg_catalog.pg_namespace n on n.oid = p.pronamespace
            where n.nspowner = 'purser_owner'::regrole and p.prokind = 'f'
                and not exists (select from pg_catalog.pg_trigger t where t.tgfoid = p.oid)
            union all
            select 'view', c.oid::regclass::text
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspowner = 'purser_owner'::regrole and c.relkind = 'v'
        loop
            begin
                execute format('drop %s %s', v_object.kind, v_object.name);
            exception
                when dependent_objects_still_exist or undefined_function or undefined_table then
                    v_left := v_left + 1;
            end;
        end loop;
        exit when v_left in (0, v_before);
    end loop;
end
$$;

-- The functions of jobs went to the modules of their nouns.
set local role purser_owner;
drop schema if exists jobs;
reset role;
