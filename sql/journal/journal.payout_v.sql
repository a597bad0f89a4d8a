-- Payouts of the transaction's principal.
create or replace view journal.payout_v as
select p.*
from journal.payout_row p
where p.user_id = (
    select b.id
    from journal.book b
    where b.tenant_id = (select current_setting('purser.tenant', true))
        and b.user_id = (select current_setting('purser.principal', true)));
grant select on journal.payout_v to purser_payouts;
