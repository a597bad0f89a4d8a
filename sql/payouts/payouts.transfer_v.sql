-- A payout of the transaction's tenant with what its caller needs: for the validator, whom it asks
-- with next_step 'read', and for Stripe, with 'send' or 'look_up'; for functions.
--
-- next_step: read = the validator must confirm the account, and Stripe the payee; send = ask for
-- the transfer; look_up = it may have been asked for, and what holds the payout keeps it from being
-- asked for again; wait = nothing may be done now (hold_code says why); deferred = Stripe refused
-- it for now, nothing was sent since, and purser-jobs will ask again; done = the payout is final
--
-- gone: its payee is gone, and nothing of this attempt was sent; so it is as good as refused.
--
-- other_transfers: what an operator, or a reversal of all of it, said is not this payout's; a
-- search for the payout's transfer passes them.
call pg_temp.view('payouts.transfer_v', $view$
select v.*, p.tenant_id, core.installation_id() as installation,
    core.stripe_account_of(p.tenant_id) as stripe_account,
    p.destination as stripe_destination, p.attempt, p.lease_no, p.attempts,
    extract(epoch from p.sent_at)::bigint as sent_s, p.hold_code, p.last_error,
    case
        when p.status not in ('pending', 'processing') then 'done'
        when p.status = 'processing' and payouts.is_unsent(p) then 'deferred'
        when x.gone then 'send'
        when p.hold_code is null and p.status = 'processing' then 'send'
        when p.hold_code = 'reading' then 'read'
        when p.hold_code <> 'unread' and not payouts.attempt_is_unsent(p) then 'look_up'
        else 'wait'
    end as next_step,
    x.gone, a.subaccount_uuid, a.synthetic_hotkey,
    floor(extract(epoch from clock_timestamp()) * 1000)::bigint as asked_ms,
    case when not payouts.attempt_is_unsent(p) then (
        select string_agg(t.id, ' ')
        from (
            select e.object_id as id
            from core.exception e
            where e.tenant_id = p.tenant_id and e.kind = 'transfer_conflict'
                and e.detail ->> 'account_id' = p.account_id and e.detail ->> 'payout_id' = p.id
            group by 1
            having bool_and(e.resolved_at is not null)) as t)
        end as other_transfers
from payouts.payout p
join payouts.payout_row_v v on v.id = p.id
left join connect.account c on c.tenant_id = p.tenant_id and c.id = p.connect_account_id
cross join lateral (
    select p.status = 'processing' and payouts.attempt_is_unsent(p) and c.gone_at is not null
) as x (gone)
join payments.prop_account a on a.tenant_id = p.tenant_id and a.id = p.account_id;
$view$);
grant select on payouts.transfer_v to purser_background;
