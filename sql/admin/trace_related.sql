-- The ids of everything that belongs to what admin.trace_find found, of the same tenant: of a user
-- all they have; of a payment its account, refunds and disputes; of an account its payment and
-- payouts.
--
-- Returns: ids of ours and of Stripe's; kind is that of the row of ours, null for an id that is
--   only named, owner for whom it all belongs to
create or replace function admin.trace_related(
    p_tenant text, p_kind text, p_id text, p_user text, p_payment text, p_account text,
    p_payout text, p_connect text
) returns table (kind text, id text)
    language sql stable security definer rows 20
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
    with payment as materialized (
        select p.id, p.stripe_payment_intent_id, p.user_id
        from payments.payment p
        where p.tenant_id = p_tenant and p.user_id = p_user
        union
        select p.id, p.stripe_payment_intent_id, p.user_id
        from payments.payment p
        where p.tenant_id = p_tenant and p.id = p_payment
    ), account as materialized (
        select a.id, a.subaccount_uuid, a.user_id
        from payments.prop_account a
        where a.tenant_id = p_tenant and a.user_id = p_user
        union
        select a.id, a.subaccount_uuid, a.user_id
        from payments.prop_account a
        where a.tenant_id = p_tenant and a.id = p_account
        union
        select a.id, a.subaccount_uuid, a.user_id
        from payment p
        join payments.prop_account a on a.tenant_id = p_tenant and a.payment_id = p.id
    ), payee as materialized (
        select c.id, c.stripe_account_id, c.user_id
        from connect.account c
        where c.tenant_id = p_tenant and c.user_id = p_user
        union
        select c.id, c.stripe_account_id, c.user_id
        from connect.account c
        where c.tenant_id = p_tenant and c.id = p_connect
    ), payout as materialized (
        select p.id, p.stripe_transfer_id, p.user_id
        from payouts.payout p
        where p.tenant_id = p_tenant and p.id = p_payout
        union
        select p.id, p.stripe_transfer_id, p.user_id
        from account a
        join payouts.payout p on p.tenant_id = p_tenant and p.user_id = a.user_id
            and p.account_id = a.id
        where p_payout is null
        union
        select p.id, p.stripe_transfer_id, p.user_id
        from payee c
        join payouts.payout p on p.tenant_id = p_tenant and p.user_id = c.user_id
            and p.connect_account_id = c.id
    ), dispute as materialized (
        select d.id
        from payment p
        join payments.dispute d on d.payment_id = p.id and d.tenant_id = p_tenant
    )
    select distinct r.kind, r.id
    from (
        select p_kind, p_id
        union all
        select 'owner', p_user
        union all
        select 'owner', p.user_id from payment p
        union all
        select 'owner', a.user_id from account a
        union all
        select 'owner', c.user_id from payee c
        union all
        select 'owner', p.user_id from payout p
        union all
        select 'payment', p.id from payment p
        union all
        select null, p.stripe_payment_intent_id from payment p
        union all
        select 'account', a.id from account a where p_payout is null
        union all
        select null, a.subaccount_uuid from account a where p_payout is null
        union all
        select 'payee', c.id from payee c
        union all
        select null, c.stripe_account_id from payee c
        union all
        select 'payout', p.id from payout p
        union all
        select null, p.stripe_transfer_id from payout p
        union all
        select 'reversal', r.id
        from payout p
        join payouts.reversal r on r.tenant_id = p_tenant and r.payout_id = p.id
        union all
        select 'refund', i.id
        from payment p
        join payments.refund_intent i on i.tenant_id = p_tenant and i.payment_id = p.id
        union all
        select 'refund at Stripe', r.id
        from payment p
        join payments.refund r on r.payment_id = p.id and r.tenant_id = p_tenant
        union all
        select 'dispute', d.id from dispute d
        union all
        select null, m.id
        from dispute d
        join payments.dispute_movement m on m.tenant_id = p_tenant and m.dispute_id = d.id
        union all
        select null, l.id
        from dispute d
        join payments.dispute_loss l on l.tenant_id = p_tenant and l.dispute_id = d.id
    ) as r (kind, id)
    where r.id is not null
$$;
