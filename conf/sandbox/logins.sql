-- Logins of the sandbox.  operator reads everything and changes things by admin functions only.
do $$
begin
    if not exists (select from pg_roles where rolname = 'operator') then
        create role purser_web login in role purser_worker;
        create role purser_daemon login in role purser_jobs;
        create role operator login bypassrls in role purser_admin, pg_read_all_data;
    end if;
end
$$;
