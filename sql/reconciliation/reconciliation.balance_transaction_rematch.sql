-- Moves from stripe:external to stripe:clearing what turned out to be ours: a balance transaction
-- that was read before our row had Stripe's id, in the last two days.  After an exchange clearing
-- moves in the currency of the source, as in reconciliation.legs.
--
-- One that cannot be moved is an exception and does not keep back the others; it is tried again,
-- and closes it.
--
-- Returns: how many
-- Tables written: reconciliation.balance_transaction, ledger.*, core.exception
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
        begin
            perform ledger.post('balance_transaction_rematched', v_row.id, array[
                ledger.leg('stripe:external', v_row.currency, v_row.amount, v_row.stripe_account),
                ledger.leg('stripe:clearing', coalesce(v_row.source_currency, v_row.currency),
                    -coalesce(v_row.source_amount, v_row.amount), v_row.stripe_account)]
                || case when v_row.source_currency is not null then array[
                    ledger.leg('fx:stripe', v_row.source_currency, v_row.source_amount),
                    ledger.leg('fx:stripe', v_row.currency, -v_row.amount)] end,
                v_row.created_at, v_row.object_id, v_row.id);
            update reconciliation.balance_transaction b
            set booked_as = 'clearing'
            where b.tenant_id = v_row.tenant_id and b.stripe_account = v_row.stripe_account
                and b.id = v_row.id;
            perform core.exception_resolve('balance_transaction_unbooked', v_row.id,
                'it is booked');
            v_count := v_count + 1;
        exception
            when raise_exception or sqlstate 'PU900' or data_exception
                or integrity_constraint_violation then
            perform set_config('purser.tenant', v_row.tenant_id, true);
            perform core.exception_open('balance_transaction_unbooked', 'balance_transaction',
                v_row.id, jsonb_build_object('error', sqlerrm,
                    'balance_transaction', jsonb_build_object('id', v_row.id)));
        end;
    end loop;
    return v_count;
end
$$;
