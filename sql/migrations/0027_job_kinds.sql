-- Tables with leases, and the kinds of jobs that claim their rows.  The rows stand in the files
-- tables.sql of the modules, which every load replaces whole.
--
-- held, returned and due are executed by core.job_claim and core.leases_return, which see every
-- tenant.  No role but purser_owner may write here.
create table core.leased_table (
    name regclass primary key,
    lock_order int not null unique, -- of core.leases_return: the order of all locks
    held text not null, -- condition: the row has a lease
    returned text not null -- assignments: what also changes when the lease is returned
);
create table core.job_kind (
    kind text collate "C" primary key, -- its claim function without _claim
    leased_table regclass not null references core.leased_table (name),
    due text not null, -- condition beside next_run_at; $5 is the p_after_s of core.job_claim
    in_lease boolean not null, -- due also before an earlier lease ends
    attempts text collate "C" -- column that counts claims; null: the claim function counts
);

do $$
declare
    v_table text;
begin
    for v_table in
        select a.attrelid::regclass::text
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
        join pg_namespace n on n.oid = c.relnamespace and n.nspowner = 'purser_owner'::regrole
        where a.attname = 'lease_holder' and not exists (
            select from pg_attribute u
            where u.attrelid = a.attrelid and u.attname = 'lease_until'
                and u.atttypid = 'timestamptz'::regtype)
    loop
        raise exception 'verify: % must have lease_until', v_table;
    end loop;
    if (select count(*) from pg_attribute
        where attrelid in ('core.leased_table'::regclass, 'core.job_kind'::regclass)
            and attnum > 0) <> 9 then
        raise exception 'verify: core.leased_table has 4 columns, core.job_kind 5';
    end if;
end
$$;
