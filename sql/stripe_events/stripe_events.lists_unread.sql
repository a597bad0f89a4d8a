-- Whether what Stripe did for the tenant's account may be unknown here: one of its lists was not
-- read for 15 minutes, purser-jobs started and has not read it since, or this incarnation of the
-- database has not read it.  A database that was restored from a backup learns so what was paid
-- before it pays anything.
--
-- A list of balance transactions that our key may not read keeps nothing back: admin.health shows
-- it.
--
-- Most events that wait are of PaymentIntents, which concern no payment of ours: the index of the
-- others (event_money_open) leaves them out.
--
-- Parameters: p_object our row that is to be paid: events that concern it must be applied before
-- Returns: the name of such a list, else null
create or replace function stripe_events.lists_unread(p_object text) returns text
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    (select l.list
    from (values ('events'), ('balance_transactions')) as l (list)
    left join stripe_events.bookmark b on b.stripe_account = core.stripe_account_name()
        and b.list = l.list
    where (b.covered_until is null or b.covered_until < now() - interval '15 min'
            or b.due_at <= now() and b.covered_until < b.due_at
            or b.read_in is distinct from core.incarnation())
        and not (l.list = 'balance_transactions' and b.refused_at is not null)
    order by l.list desc
    limit 1)
    union all
    (select 'events'
    from stripe_events.event e
    where e.state in ('pending', 'parked') and e.type not like 'payment\_intent.%'
        and e.stripe_account = core.stripe_account_name()
        and stripe_events.event_concerns(e, p_object)
    limit 1)
    limit 1
$$;
grant execute on function stripe_events.lists_unread(text) to purser_owner;
