-- A process that ends gives up the name of its instance.
--
-- Tables written: core.instance
create or replace function core.instance_end(p_name text, p_token text) returns void
    language sql security definer
    set search_path = pg_catalog, pg_temp
as $$
    delete from core.instance i where i.name = p_name and i.token = p_token
$$;
grant execute on function core.instance_end(text, text)
    to purser_payments, purser_connect, purser_payouts, purser_webhooks, purser_jobs;
