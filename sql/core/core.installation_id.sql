-- The installation's id, as our metadata at Stripe names it.
create or replace function core.installation_id() returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select i.id::text from core.installation i
$$;
grant execute on function core.installation_id() to purser_background;
