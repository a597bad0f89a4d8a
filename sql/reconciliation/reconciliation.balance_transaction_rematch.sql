-- Moves from stripe:external to stripe:clearing what turned out to be ours: a balance transaction
-- that was read before our row had Stripe's id, in the last two days.
--
-- Returns: how many
-- Tables written: reconciliation.balance_transaction, ledger.*
create or replace function reconciliation.balance_transaction_rematch() returns int
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_row reconciliation.balance_transaction;
    v_count int := 0;
begin
    for v_row in
        select b.*
        from reconciliation.balance_transaction b
        where b.booked_as = 'external' and b.read_at > now() - interval '2 days'
            and (reconciliation.is_of_tenant(b.tenant_id, b.object_id, b.object_id, null)
                -- a refund, which only its own posting names
                or exists (
                    select from ledger.transfer t
                    where t.tenant_id = b.tenant_id and t.object_id = b.object_id
                        and t.kind not like 'balance\_transaction%'))
        for no key update of b
    loop
        perform set_config('purser.tenant', v_row.tenant_id, true);
        perform ledger.post('balance_transaction_rematched', v_row.id, array[
            ledger.leg('stripe:external', v_row.currency, v_row.amount, v_row.stripe_account),
            ledger.leg('stripe:clearing', v_row.currency, -v_row.amount, v_row.stripe_account)],
            v_row.created_at, v_row.object_id, v_row.id);
        update reconciliation.balance_transaction b
        set booked_as = 'clearing'
        where b.tenant_id = v_row.tenant_id and b.stripe_account = v_row.stripe_account
            and b.id = v_row.id;
        v_count := v_count + 1;
    end loop;
    return v_count;
end
$$;
