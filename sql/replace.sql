-- Temporary objects of load.sql, by which it replaces only what changes.
--
-- To replace a function takes no lock.  To replace or drop a view takes one that waits for every
-- transaction which has read the view, an operator's idle one included, and that all later readers
-- wait for.  So load.sql runs the files of the modules twice in one transaction: the first pass
-- makes what is new, replaces functions and finds the views that change; pg_temp.lock_views() gets
-- their locks; pg_temp.unload() drops what the files do not make or cannot replace in place; and
-- the second pass makes the rest.

create temporary table named_view (name text primary key, changes boolean not null);
create temporary table loading (pass int not null);
insert into pg_temp.loading values (1);
grant all on pg_temp.named_view, pg_temp.loading to purser_owner, purser_background;

-- Is there a difference between a view and the one that its file makes now?
create function pg_temp.view_changes(p_view regclass, p_query text) returns boolean
    language plpgsql
as $$
declare
    v_next text := p_view || '__next';
    v_kinds int;
begin
    execute format('create view %s as %s', v_next, p_query);
    select count(distinct (c.relowner, c.reloptions::text, pg_get_viewdef(c.oid),
        (select array_agg((a.attname, a.atttypid, a.atttypmod, a.attcollation)::text
            order by a.attnum)
        from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0)))
    into v_kinds
    from pg_class c
    where c.oid in (p_view, v_next::regclass);
    execute format('drop view %s', v_next);
    return v_kinds > 1;
exception
    -- it needs what another file changes
    when others then return true;
end
$$;

-- Makes a view, in place of the one of this name; what a file calls.
create procedure pg_temp.view(p_name text, p_query text)
    language plpgsql
as $$
declare
    v_query text := rtrim(p_query, E' \n;');
    v_view regclass := to_regclass(p_name);
begin
    if v_view is null and (select pass from pg_temp.loading) = 2 then
        execute format('create view %s as %s', p_name, v_query);
    elsif v_view is null then
        begin
            execute format('create view %s as %s', p_name, v_query);
            insert into pg_temp.named_view values (p_name, false);
        exception
            -- it needs what another file changes
            when others then null;
        end;
    elsif (select pass from pg_temp.loading) = 1 then
        insert into pg_temp.named_view values (p_name, pg_temp.view_changes(v_view, v_query));
    elsif (select changes from pg_temp.named_view where name = p_name) then
        begin
            execute format('create or replace view %s as %s', p_name, v_query);
        exception
            -- fewer columns, another type, another owner
            when invalid_table_definition or insufficient_privilege then
                execute format('drop view %s cascade', p_name);
                execute format('create view %s as %s', p_name, v_query);
        end;
    end if;
end
$$;

-- Gives every function a setting that goes when the function is replaced, so that unload() knows
-- those that were not.  What triggers call is only replaced in place.
create procedure pg_temp.mark_functions()
    language plpgsql
as $$
declare
    v_function regprocedure;
begin
    for v_function in
        select p.oid
        from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspowner = 'purser_owner'::regrole and p.prokind = 'f'
            and not exists (select from pg_trigger t where t.tgfoid = p.oid)
    loop
        execute format('alter function %s set application_name = ''stale''', v_function);
    end loop;
end
$$;

create view pg_temp.stale_function as
select p.oid, p.oid::regprocedure::text as name
from pg_proc p
where p.proconfig @> array['application_name=stale'];

create view pg_temp.stale_view as
select c.oid, c.oid::regclass::text as name
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where pg_get_userbyid(n.nspowner) = 'purser_owner' and c.relkind = 'v'
    and not exists (select from pg_temp.named_view v where v.name = c.oid::regclass::text);

-- The views that are to be replaced or dropped; also those that read one of them.
create view pg_temp.view_to_lock as
with recursive changing as (
    select to_regclass(v.name)::oid as oid from pg_temp.named_view v where v.changes
    union
    select s.oid from pg_temp.stale_view s
    union
    select r.ev_class
    from pg_temp.stale_function f
    join pg_depend d on d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = f.oid
        and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite r on r.oid = d.objid
    union
    select r.ev_class
    from changing c
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid
        and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite r on r.oid = d.objid
)
select c.oid, c.oid::regclass::text as name, pg_get_userbyid(v.relowner) as owner
from changing c
join pg_class v on v.oid = c.oid and v.relkind = 'v';

create function pg_temp.holders(p_view regclass) returns text
    language sql
as $$
    select string_agg(format('pid %s of %s, %s since %s', a.pid, a.usename, a.state,
        a.state_change), '; ')
    from pg_locks l
    join pg_stat_activity a on a.pid = l.pid
    where l.relation = p_view and l.pid <> pg_backend_pid()
$$;

-- Gets the locks of all views that change, or none: it waits 50 ms for each, and when one is not
-- free it releases the others and tries again, for up to a minute.
create procedure pg_temp.lock_views()
    language plpgsql
as $$
declare
    v_until timestamptz := clock_timestamp() + interval '1 min';
    v_view record;
begin
    update pg_temp.named_view n
    set changes = true
    from pg_temp.view_to_lock l
    where l.name = n.name;
    loop
        begin
            set local lock_timeout = '50ms';
            for v_view in select name, owner from pg_temp.view_to_lock order by name loop
                -- not `lock table`, which also locks the tables behind the view
                execute format('alter view %s owner to %I', v_view.name, v_view.owner);
            end loop;
            set local lock_timeout = '2s';
            return;
        exception
            when lock_not_available then
                if clock_timestamp() > v_until then
                    raise exception using errcode = 'lock_not_available',
                        message = format('%s changes, and is in use by %s', v_view.name,
                            pg_temp.holders(v_view.name::regclass)),
                        hint = 'nothing was loaded: end that transaction, and load again';
                end if;
        end;
        perform pg_sleep(0.2);
    end loop;
end
$$;

-- Drops the views and functions that no file made in the first pass, with what depends on them: the
-- second pass makes it again.
create procedure pg_temp.unload()
    language plpgsql
as $$
declare
    v_count constant text := 'select count(*) from (select oid from pg_policy union all '
        'select oid from pg_trigger union all select oid from pg_attrdef union all '
        'select oid from pg_constraint union all select indexrelid from pg_index) as kept';
    v_before bigint;
    v_after bigint;
    v_name text;
begin
    execute v_count into v_before;
    for v_name in select name from pg_temp.stale_view loop
        execute format('drop view if exists %s cascade', v_name);
    end loop;
    for v_name in select name from pg_temp.stale_function loop
        execute format('drop function if exists %s cascade', v_name);
    end loop;
    execute v_count into v_after;
    if v_after < v_before then
        raise exception 'a table needs a function that cannot be replaced: a migration has to';
    end if;
    update pg_temp.loading set pass = 2;
end
$$;
