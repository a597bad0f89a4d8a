-- Ends a reading whose last page the holder stored; changes nothing when another holder has the
-- lease.  A program that started while the list was read may have missed objects before its start:
-- a due_at that was set after this reading began stays.
--
-- Stripe lists events of the last 30 days only.  When the reading could not go back to where the
-- last one ended, as in a restored backup that is older, what happened between them is an
-- exception, which holds all payouts that this Stripe account would pay.
--
-- Parameters: p_from_s with what the reading began; 0 = with the oldest object that there is
-- Locks: the bookmark
-- Tables written: stripe_events.bookmark, core.exception
create or replace function stripe_events.bookmark_finish(
    p_stripe_account text, p_list text, p_holder text, p_from_s bigint
) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_bookmark stripe_events.bookmark;
begin
    select * into v_bookmark
    from stripe_events.bookmark b
    where b.stripe_account = p_stripe_account and b.list = p_list and b.lease_holder = p_holder
    for no key update;
    if not found then
        return;
    elsif to_timestamp(p_from_s) > v_bookmark.covered_until then
        perform set_config('purser.tenant', a.tenant_id, true)
        from core.stripe_account a
        where a.name = v_bookmark.stripe_account;
        perform core.exception_open('list_gap', 'stripe_account', v_bookmark.stripe_account,
            jsonb_build_object('list', p_list, 'from', v_bookmark.covered_until,
                'until', to_timestamp(p_from_s)));
    end if;
    update stripe_events.bookmark b
    set last_finished_at = now(), covered_until = b.last_started_at, read_in = b.begun_in,
        due_at = case when b.due_at > b.last_started_at then b.due_at else 'infinity' end,
        reading_from_s = null, reading_after = null, reading_pages = 0,
        lease_holder = null, lease_until = null, attempts = 0, last_error = null, refused_at = null
    where b.stripe_account = p_stripe_account and b.list = p_list;
end
$$;
grant execute on function stripe_events.bookmark_finish(text, text, text, bigint)
    to purser_jobs;
