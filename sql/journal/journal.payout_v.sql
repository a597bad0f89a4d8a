-- Payouts of the transaction's principal.
call pg_temp.view('journal.payout_v', $view$
select p.*
from journal.payout_row p
where p.user_id = (
    select b.id
    from journal.book b
    where b.tenant_id = (select current_setting('purser.tenant', true))
        and b.user_id = (select current_setting('purser.principal', true)));
$view$);
grant select on journal.payout_v to purser_payouts;
