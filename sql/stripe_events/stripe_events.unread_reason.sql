-- Why no money leaves for a row of ours while what happened at Stripe may be unknown, in words for
-- operators and clients: its lists are unread, or do not go back to what was read last.
--
-- Parameters: as stripe_events.lists_unread
-- Returns: null = the lists are read
create or replace function stripe_events.unread_reason(p_object text) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(
        (select format('purser-jobs has not read Stripe''s list of %s yet', replace(u, '_', ' '))
        from stripe_events.lists_unread(p_object) as u
        where u is not null),
        (select format('the payout is on hold until an operator has resolved: %s', e.kind)
        from core.exception e
        where e.object_id = core.stripe_account_name() and e.kind = 'list_gap'
            and e.resolved_at is null
        limit 1))
$$;
grant execute on function stripe_events.unread_reason(text) to purser_owner;
