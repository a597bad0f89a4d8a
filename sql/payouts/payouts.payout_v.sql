-- Payouts of the transaction's principal.
call pg_temp.view('payouts.payout_v', $view$
select v.*
from payouts.payout_row_v v
where v.user_id = (select current_setting('purser.principal', true));
$view$);
grant select on payouts.payout_v to purser_background;
grant select on payouts.payout_v to purser_payouts;
