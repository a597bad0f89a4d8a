-- Payouts of every user as clients see them, for functions; no program may read it.
call pg_temp.view('journal.payout_row', $view$
select p.id, p.book_id as user_id, p.account_id, to_char(p.date, 'YYYY-MM-DD') as date,
    p.total_cents * 0.01 as total_amount, trim_scale(p.split_hundredths * 0.01) as profit_split,
    p.share_cents * 0.01 as traders_share, (p.total_cents - p.share_cents) * 0.01 as firms_share,
    p.status, p.reference,
    to_char(p.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as created_at,
    to_char(p.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as updated_at,
    a.account_number, p.firm_id, f.name as firm_name
from journal.payout p
join journal.account a on a.id = p.account_id
join journal.firm f on f.id = p.firm_id;
$view$);
