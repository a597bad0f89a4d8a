-- Logins of the sandbox: one for each program, and two operators, since some decisions need a
-- second person.  Operators read everything here, and change things by admin functions only.
set client_min_messages = warning;

do $$
declare
    v_program text;
begin
    foreach v_program in array array['payments', 'connect', 'payouts', 'webhooks', 'jobs'] loop
        if to_regrole(format('"purser-%s"', v_program)) is null then
            execute format('create role "purser-%s" login in role purser_%1$s', v_program);
        end if;
    end loop;
end
$$;
alter role operator bypassrls;
alter role operator2 bypassrls;
grant pg_read_all_data to operator, operator2;
