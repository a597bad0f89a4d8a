-- Removes what is no longer needed, at most p_limit rows of each kind:
-- idempotency rows older than 48 h (but running ones only when their lease ended 48 h
-- ago, and none whose checkout has no outcome yet: the same key resumes it), applied and ignored
-- events received 90 days ago, messages to clients of that age, sessions and tokens that ended 30
-- days ago, counts of what is passed a year ago, the names of processes that died and were not
-- seen for a day, imports into journals 91 days ago (the last day is for an undo that runs) with
-- what their payouts were before.  Events parked for 30 days become ignored.
--
-- Each kind is found by an index of the time, and changed by the rows' places (ctid), which a
-- locked row keeps: whatever the planner knows of the tables, it reads p_limit rows.
--
-- Returns: how many rows were touched; call again while it equals or exceeds p_limit
-- Locks: the rows, skipping locked ones (messages to clients and imports, which nothing changes,
--   without that)
-- Tables written: core.idempotency, core.instance, stripe_events.event, stripe_events.passed,
--   webhooks.outbox, auth.session, auth.app_token, journal.import, journal.import_row
create or replace function retention.prune(p_limit int) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
    v_total int := 0;
begin
    delete from core.idempotency i
    where i.ctid = any (array(
        select o.ctid from core.idempotency o
        where o.created_at < now() - interval '48 h'
            and (o.state <> 'running' or o.lease_until < now() - interval '48 h')
            and not exists (
                select from payments.payment p
                where p.tenant_id = o.tenant_id and p.idempotency_id = o.id
                    and p.status = 'creating')
        order by o.created_at limit p_limit for update skip locked));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    update stripe_events.event e
    set state = 'ignored', last_error = 'nothing to apply it to for 30 days', waits_for = null,
        lease_holder = null, lease_until = null
    where e.ctid = any (array(
        select o.ctid from stripe_events.event o
        where o.state = 'parked' and o.received_at < now() - interval '30 days'
        order by o.received_at limit p_limit for update skip locked));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    delete from stripe_events.event e
    where e.ctid = any (array(
        select o.ctid from stripe_events.event o
        where o.state in ('applied', 'ignored') and o.received_at < now() - interval '90 days'
        order by o.received_at limit p_limit for update skip locked));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    delete from stripe_events.passed c
    where c.ctid = any (array(
        select o.ctid from stripe_events.passed o
        where o.day < now() - interval '1 year'
        order by o.day limit p_limit for update skip locked));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    delete from webhooks.outbox m
    where m.ctid = any (array(
        select o.ctid from webhooks.outbox o
        where o.created_at < now() - interval '90 days'
        order by o.created_at limit p_limit));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    delete from auth.session s
    where s.ctid = any (array(
        select o.ctid from auth.session o
        where least(o.expires_at, o.revoked_at) < now() - interval '30 days'
        order by least(o.expires_at, o.revoked_at) limit p_limit for update skip locked));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    delete from auth.app_token t
    where t.ctid = any (array(
        select o.ctid from auth.app_token o
        where least(o.expires_at, o.revoked_at) < now() - interval '30 days'
        order by least(o.expires_at, o.revoked_at) limit p_limit for update skip locked));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    -- an import may have more rows than p_limit: it goes after its last one
    delete from journal.import_row r
    where r.ctid = any (array(
        select o.ctid
        from (select i.tenant_id, i.id from journal.import i
            where i.created_at < now() - interval '91 days'
            order by i.created_at limit p_limit) as old
        cross join lateral (select b.ctid from journal.import_row b
            where b.tenant_id = old.tenant_id and b.import_id = old.id limit p_limit) as o
        limit p_limit));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    delete from journal.import i
    where i.ctid = any (array(
        select o.ctid from journal.import o
        where o.created_at < now() - interval '91 days'
            and not exists (
                select from journal.import_row r
                where r.tenant_id = o.tenant_id and r.import_id = o.id)
        order by o.created_at limit p_limit));
    get diagnostics v_count = row_count;
    v_total := v_total + v_count;

    delete from core.instance i
    where i.ctid = any (array(
        select o.ctid from core.instance o
        where o.seen_at < now() - interval '1 day'
        order by o.seen_at limit p_limit for update skip locked));
    get diagnostics v_count = row_count;
    return v_total + v_count;
end
$$;
grant execute on function retention.prune(int) to purser_jobs;
