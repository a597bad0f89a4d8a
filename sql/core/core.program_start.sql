-- Called by an instance when it starts: stores it and ends every lease that an earlier
-- process of the same instance held.  p_instance is the holder named in its leases.
--
-- A create call of that process may still be under way, so its account stays
-- 'calling' and is claimed as unknown.  purser-jobs also makes the
-- readings of Stripe's lists due.
--
-- Parameters: p_stripe_keys the Stripe accounts for which the program has a key, confirmed or not,
--   each with its mode: {default:live}
-- Returns: how many leases were ended
-- Raises: PU900 as core.stripe_account_use; 42501 the login is another program's
-- Locks: the leased rows
-- Tables written: core.program, core.stripe_account, those of core.leased_table
create or replace function core.program_start(
    p_instance text, p_program text, p_stripe_keys text[] default '{}'
) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_mode text := (
        select split_part(k, ':', 2) from unnest(p_stripe_keys) as k where k like 'default:%');
    v_count int;
begin
    if pg_has_role(session_user, to_regrole('purser_' || p_program), 'member') is not true then
        raise exception using errcode = '42501',
            message = format('the login %s is not one of purser-%s', session_user, p_program);
    end if;
    perform core.stripe_account_use('default', v_mode);
    perform core.stripe_keys_report(p_stripe_keys, p_program = 'jobs');
    update core.stripe_account s
    set key_problem = null
    where p_program = 'jobs' and s.key_problem is not null;
    insert into core.program (instance, program, started_at, stripe_mode)
    values (p_instance, p_program, now(), v_mode)
    on conflict (instance) do update
    set program = excluded.program, started_at = excluded.started_at,
        stripe_mode = excluded.stripe_mode;

    v_count := core.leases_return(p_instance);
    update stripe_events.bookmark b
    set due_at = now(), next_run_at = now()
    where p_program = 'jobs';
    return v_count;
end
$$;
grant execute on function core.program_start(text, text, text[])
    to purser_payments, purser_connect, purser_payouts, purser_webhooks, purser_jobs;
