-- What is open in stripe:clearing, an object of Stripe's a row: only one of its two sides, what we
-- booked and what Stripe's balance transaction says, is known.  For functions and views of
-- purser_background, to which it belongs.
create or replace view ledger.clearing_open_v as
select a.tenant_id, a.mode, a.owner as stripe_account, a.asset, t.object_id,
    sum(e.amount) as amount, min(t.posted_at) as posted_at,
    string_agg(distinct t.kind, ', ') as kinds
from ledger.account a
join ledger.entry e on e.tenant_id = a.tenant_id and e.account_id = a.id
join ledger.transfer t on t.tenant_id = e.tenant_id and t.id = e.transfer_id
where a.code = 'stripe:clearing'
group by a.tenant_id, a.mode, a.owner, a.asset, t.object_id
having sum(e.amount) <> 0;
