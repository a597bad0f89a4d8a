-- Names this incarnation of the database.  It changes when a backup is restored or a standby is
-- promoted, in which case what happened last is missing here, and when PostgreSQL starts.
--
-- Returns: the oids of the database and of a table in it, the timeline, when PostgreSQL started
create or replace function core.incarnation() returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select concat_ws('/',
        (select d.oid from pg_database d where d.datname = current_database()),
        'core.migration'::regclass::oid,
        left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
        extract(epoch from pg_postmaster_start_time()))
$$;
grant execute on function core.incarnation() to purser_background;
