-- Logins of the sandbox: one for each program; operator reads everything and changes things by
-- admin functions only.
do $$
declare
    v_program text;
begin
    foreach v_program in array array['payments', 'connect', 'payouts', 'webhooks', 'jobs'] loop
        if to_regrole(format('"purser-%s"', v_program)) is null then
            execute format('create role "purser-%s" login in role purser_%1$s', v_program);
        end if;
    end loop;
    if to_regrole('operator') is null then
        create role operator login bypassrls in role purser_admin, pg_read_all_data;
    end if;
end
$$;
