-- What operators see of the journal.

call pg_temp.view('admin.journals', $view$
select t.slug as tenant, b.user_id, b.id as journal_user_id,
    (select count(*) from journal.account a where a.tenant_id = b.tenant_id and a.book_id = b.id)
        as accounts,
    n.pending + n.processing + n.completed + n.failed as payouts, n.total_cents, n.share_cents,
    (select count(*) from journal.api_key k
        where k.tenant_id = b.tenant_id and k.user_id = b.user_id and k.revoked_at is null) as keys
from journal.book b
join core.tenant t on t.id = b.tenant_id
join journal.node n on n.tenant_id = b.tenant_id and n.history_id = b.id and n.level = 4;
$view$);
comment on view admin.journals is 'every user with a journal';

-- Reads everything: minutes on a big database.  (journal.part would show nothing:
-- row-level security binds its owner.)
call pg_temp.view('admin.journal_check', $view$
with payout as (
    select p.tenant_id, h.id as history_id, p.date, p.id, p.status, p.total_cents, p.share_cents
    from journal.payout p
    cross join lateral (values (p.book_id), (p.firm_id), (p.account_id)) as h (id)
), part as (
    select n.tenant_id, n.history_id, n.level, n.date, n.payout_id, n.pending, n.processing,
        n.completed, n.failed, n.total_cents, n.share_cents
    from journal.node n
    union all
    select p.tenant_id, p.history_id, 0, p.date, p.id, (p.status = 'pending')::int,
        (p.status = 'processing')::int, (p.status = 'completed')::int, (p.status = 'failed')::int,
        p.total_cents, p.share_cents
    from payout p
), below as (
    -- the node above each part: the last of its level that does not begin later
    select p.tenant_id, p.history_id, p.level + 1 as level, n.date, n.payout_id,
        count(*) as parts, sum(p.pending) as pending, sum(p.processing) as processing,
        sum(p.completed) as completed, sum(p.failed) as failed, sum(p.total_cents) as total_cents,
        sum(p.share_cents) as share_cents
    from part p
    left join lateral (
        select m.date, m.payout_id
        from journal.node m
        where m.tenant_id = p.tenant_id and m.history_id = p.history_id
            and m.level = p.level + 1 and (m.date, m.payout_id) <= (p.date, p.payout_id)
        order by m.date desc, m.payout_id desc
        limit 1) as n on true
    where p.level < 4
    group by p.tenant_id, p.history_id, p.level, n.date, n.payout_id
)
select history_id, level, date, payout_id, n.total_cents,
    coalesce(b.total_cents, 0) as total_cents_below, coalesce(b.parts, 0) as parts
from journal.node n
full join below b using (tenant_id, history_id, level, date, payout_id)
where (n.pending, n.processing, n.completed, n.failed, n.total_cents, n.share_cents)
    is distinct from (coalesce(b.pending, 0), coalesce(b.processing, 0), coalesce(b.completed, 0),
        coalesce(b.failed, 0), coalesce(b.total_cents, 0), coalesce(b.share_cents, 0))
    or b.parts > 64 and level < 4;
$view$);
comment on view admin.journal_check is
    'sums of the journal that differ from their payouts; must be empty';
