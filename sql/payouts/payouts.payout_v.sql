-- Payouts of the transaction's principal.
create or replace view payouts.payout_v as
select v.*
from payouts.payout_row_v v
where v.user_id = (select current_setting('purser.principal', true));
grant select on payouts.payout_v to purser_background;
grant select on payouts.payout_v to purser_payouts;
