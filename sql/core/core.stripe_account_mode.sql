-- The mode of a Stripe account's key: 'live' or 'test'; 'live' when there is no such account.
-- It belongs to purser_background, and is PL/pgSQL: see core.stripe_account_name.
create or replace function core.stripe_account_mode(p_name text) returns text
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select s.mode from core.stripe_account s where s.name = p_name), 'live');
end
$$;
grant execute on function core.stripe_account_mode(text) to purser_owner;
