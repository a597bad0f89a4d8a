-- Why no money leaves for a row of ours while Stripe's lists are unread, in words for operators and
-- clients.
--
-- Parameters: as stripe_events.lists_unread
-- Returns: null = the lists are read
create or replace function stripe_events.unread_reason(p_object text) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select format('purser-jobs has not read Stripe''s list of %s yet', replace(u, '_', ' '))
    from stripe_events.lists_unread(p_object) as u
    where u is not null
$$;
grant execute on function stripe_events.unread_reason(text) to purser_owner;
