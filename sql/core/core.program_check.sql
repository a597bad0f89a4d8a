-- For --check-conf: what keeps a program from working with this database, as the role that it
-- connects as.
--
-- Parameters: p_statements the texts of the program's statements: each function or view of ours
--   that they name has to be allowed to the role
-- Returns: mistakes with what to do about them; none = all is well
create or replace function core.program_check(p_statements text[]) returns setof text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'the server is a standby, which refuses every write: name the primary in `database`, '
        'or let target_session_attrs=read-write choose it'
    where pg_is_in_recovery()
    union all
    select format('the encoding of the database is %s: make the database anew with encoding UTF8, '
        'without which not every text can be stored', current_setting('server_encoding'))
    where current_setting('server_encoding') <> 'UTF8'
    union all
    select format('the role %s may not use %s thing(s) that the program names, such as %s: grant '
        'it the role of the program (sql/roles.sql)', current_user, count(*), min(d.name))
    from (
        select distinct m[1] as name, n.oid as schema, split_part(m[1], '.', 2) as object
        from unnest(p_statements) as s, regexp_matches(s, '\m([a-z_]+\.[a-z_0-9]+)\M', 'g') as m
        join pg_namespace n on n.nspname = split_part(m[1], '.', 1)
            and n.nspowner = 'purser_owner'::regrole
    ) as d
    where exists (
            select from pg_proc p
            where p.pronamespace = d.schema and p.proname = d.object
                and not has_function_privilege(p.oid, 'execute'))
        or exists (
            select from pg_class c
            where c.relnamespace = d.schema and c.relname = d.object and c.relkind in ('r', 'v')
                and not has_any_column_privilege(c.oid, 'select'))
    having count(*) > 0
$$;
grant execute on function core.program_check(text[])
    to purser_payments, purser_connect, purser_payouts, purser_webhooks, purser_jobs;
