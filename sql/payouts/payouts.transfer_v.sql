-- A payout of the transaction's tenant with what its transfer at Stripe needs; for functions.
create or replace view payouts.transfer_v as
select v.*, p.tenant_id, core.installation_id() as installation, p.destination, p.attempt,
    p.attempts, extract(epoch from p.sent_at)::bigint as sent_s
from payouts.payout p
join payouts.payout_row_v v on v.id = p.id;
grant select on payouts.transfer_v to purser_background;
