-- The whole tree of every history (migration 0010): level 0 are the payouts, above them
-- journal.node.
call pg_temp.view('journal.part', $view$
select n.history_id, n.level, n.date, n.payout_id, n.pending, n.processing, n.completed, n.failed,
    n.total_cents, n.share_cents
from journal.node n
union all
select e.history_id, 0::smallint, e.date, e.id, (e.status = 'pending')::int::bigint,
    (e.status = 'processing')::int::bigint, (e.status = 'completed')::int::bigint,
    (e.status = 'failed')::int::bigint, e.total_cents::numeric, e.share_cents::numeric
from journal.payout_by_group e;
$view$);
