-- Every payout three times: in the history of its book, of its firm and of its account.
call pg_temp.view('journal.payout_by_group', $view$
select p.book_id as history_id, p.*
from journal.payout p
union all
select p.firm_id, p.*
from journal.payout p
union all
select p.account_id, p.*
from journal.payout p;
$view$);
