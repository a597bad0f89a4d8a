-- Stores and books a page of a Stripe account's balance transactions, each once, the oldest first.
-- One that cannot be booked is an exception of its own and does not keep back the others.  Readings
-- come back to it for an hour only, so it is tried again from its open exception, with each page,
-- and closes it.
--
-- Parameters: p_page array of balance transactions, their sources as objects
-- Returns: how many were new
-- Locks: the bookmark, so that two readers store one after the other; then as
--   reconciliation.balance_raised
-- Tables written: payments.refund_intent, payouts.payout, reconciliation.balance_transaction,
--   ledger.*, core.exception
create or replace function reconciliation.balance_transaction_receive(
    p_account text, p_page jsonb
) returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_owner text := (select s.tenant_id from core.stripe_account s where s.name = p_account);
    v_bt jsonb;
    v_count int := 0;
begin
    perform from stripe_events.bookmark b
    where b.stripe_account = p_account and b.list = 'balance_transactions' for no key update;
    perform reconciliation.balance_raised(p_account, p_page);
    for v_bt in
        with page as (
            select p.value, p.number
            from jsonb_array_elements(p_page) with ordinality as p(value, number)
        )
        select e.value
        from (
            select p.value, p.number from page p
            union all
            (select x.detail -> 'balance_transaction', 0
            from core.exception x
            where x.tenant_id = v_owner and x.kind = 'balance_transaction_unbooked'
                and x.resolved_at is null
                and not exists (select from page p where p.value ->> 'id' = x.object_id)
            order by random()
            limit 100)) as e
        where not exists (
            select from reconciliation.balance_transaction b
            where b.stripe_account = p_account and b.id = e.value ->> 'id')
        order by e.number desc
    loop
        begin
            perform reconciliation.balance_transaction_book(p_account, v_bt);
            v_count := v_count + 1;
            perform set_config('purser.tenant', v_owner, true);
            perform core.exception_resolve('balance_transaction_unbooked', v_bt ->> 'id',
                'it is booked');
        exception
            when raise_exception or sqlstate 'PU900' or data_exception
                or integrity_constraint_violation then
            perform set_config('purser.tenant', v_owner, true);
            perform core.exception_open('balance_transaction_unbooked', 'balance_transaction',
                coalesce(v_bt ->> 'id', 'without id'),
                jsonb_build_object('error', sqlerrm, 'balance_transaction', v_bt));
        end;
    end loop;
    perform reconciliation.balance_transaction_rematch();
    return v_count;
end
$$;
grant execute on function reconciliation.balance_transaction_receive(text, jsonb) to purser_jobs;
