-- Refuses an outcome that is not proved.  The login of a program that serves requests is not
-- believed without the key of Stripe (core.outcome_prove); purser-jobs is, since it also applies
-- events, and so are operators and the owner of the database.
--
-- Raises: PU450 not proved: purser-jobs finds the outcome when the lease ends
create or replace function core.outcome_check(p_function text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not (pg_has_role(session_user, 'purser_jobs', 'member')
        or pg_has_role(session_user, 'purser_admin', 'member')
        or pg_has_role(session_user, 'purser_owner', 'member'))
        and (current_setting('purser.outcome', true) = encode(core.outcome_mac('database',
            p_function, pg_current_xact_id()::text), 'hex')) is not true
    then
        raise exception using errcode = 'PU450',
            message = 'the outcome is not proved, it will be found later';
    end if;
end
$$;
