-- The process that has the name of an instance is alive.
--
-- Returns: false when another one has taken the name: this one has to end
-- Locks: the instance
-- Tables written: core.instance
create or replace function core.instance_seen(p_name text, p_token text) returns boolean
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update core.instance i
    set seen_at = clock_timestamp()
    where i.name = p_name and i.token = p_token;
    return found;
end
$$;
grant execute on function core.instance_seen(text, text)
    to purser_payments, purser_connect, purser_payouts, purser_webhooks, purser_jobs;
