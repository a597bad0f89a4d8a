-- What is open in stripe:clearing, an object of Stripe's a row: only one of its two sides, what we
-- booked and what Stripe's balance transaction says, is known.  For functions and views of
-- purser_background, to which it belongs.
--
-- What was posted to stripe:balance before migration 0030 counts here, by its object, instead of
-- the transfer `opening`, which moved it here in one sum.
call pg_temp.view('ledger.clearing_open_v', $view$
select c.tenant_id, c.mode, c.stripe_account, c.asset, c.object_id, sum(c.amount) as amount,
    min(c.posted_at) as posted_at, string_agg(distinct c.kind, ', ') as kinds
from (
    select a.tenant_id, a.mode, a.owner as stripe_account, a.asset, e.amount, t.kind, t.posted_at,
        case when t.effective_at is not null then t.object_id
            when t.kind = 'trader_payout_reversed' then split_part(t.source, ':', 1)
            else coalesce(p.stripe_payment_intent_id, o.stripe_transfer_id, t.source)
        end as object_id
    from ledger.account a
    join ledger.entry e on e.tenant_id = a.tenant_id and e.account_id = a.id
    join ledger.transfer t on t.tenant_id = e.tenant_id and t.id = e.transfer_id
    left join payments.payment p on t.effective_at is null and p.tenant_id = t.tenant_id
        and p.id = t.source
    left join payouts.payout o on t.effective_at is null and o.tenant_id = t.tenant_id
        and o.id = t.source
    where t.kind <> 'opening'
        and a.code = case when t.effective_at is null then 'stripe:balance'
            else 'stripe:clearing' end) as c
group by c.tenant_id, c.mode, c.stripe_account, c.asset, c.object_id
having sum(c.amount) <> 0;
$view$);
