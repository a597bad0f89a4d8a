-- Takes the name of an instance, which its leases carry, for a process.  One that a live process
-- has is not taken: leases of the other would be returned while it works.  A process that ended,
-- is known to be dead, or has not been seen for 3 minutes (longer than a lease) loses it.
--
-- Parameters: p_name "host:program"; p_token random, of this process; p_machine on which p_process
--   (its pid and start) means something; p_dead the token of a process that the caller knows to be
--   dead
-- Returns: taken; else the process that has it (machine, process, token) and how many seconds ago
--   it was seen
-- Locks: the instance
-- Tables written: core.instance
create or replace function core.instance_take(
    p_name text, p_token text, p_machine text, p_process text, p_dead text
) returns table (taken boolean, machine text, process text, token text, seen_s bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into core.instance as i (name, token, machine, process)
    values (p_name, p_token, p_machine, p_process)
    on conflict (name) do update
    set token = excluded.token, machine = excluded.machine, process = excluded.process,
        started_at = clock_timestamp(), seen_at = clock_timestamp()
    where i.token in (p_token, p_dead) or i.seen_at < clock_timestamp() - interval '3 min';
    return query
    select i.token = p_token, i.machine, i.process, i.token::text,
        extract(epoch from clock_timestamp() - i.seen_at)::bigint
    from core.instance i
    where i.name = p_name;
end
$$;
grant execute on function core.instance_take(text, text, text, text, text)
    to purser_payments, purser_connect, purser_payouts, purser_webhooks, purser_jobs;
