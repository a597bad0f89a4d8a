-- Stores and books one balance transaction that is not stored yet.
--
-- It is booked in the books of the Stripe account's tenant.  What is no movement of a row of that
-- tenant's is booked against stripe:external when the source is another application's, and against
-- suspense:stripe, with an exception, when we do not know what such a movement is.
--
-- Raises: PU900 and errors of PostgreSQL when p_bt is not a balance transaction as we know it
-- Tables written: reconciliation.balance_transaction, ledger.*, core.exception
create or replace function reconciliation.balance_transaction_book(p_account text, p_bt jsonb)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_move record;
    v_row reconciliation.balance_transaction;
    v_is_ours boolean;
begin
    select * into v_move from reconciliation.movement_of(p_bt);
    select s.tenant_id into strict v_row.tenant_id
    from core.stripe_account s where s.name = p_account;
    v_is_ours := reconciliation.is_of_tenant(v_row.tenant_id, v_move.object_id, v_move.intent_id,
        p_bt -> 'source' -> 'metadata');
    perform set_config('purser.tenant', v_row.tenant_id, true);

    v_row.booked_as := coalesce((
        select case
            when k.booked_as <> 'clearing' then k.booked_as
            when v_move.object_id is null then 'suspense'
            when not v_is_ours then 'external'
            else 'clearing' end
        from reconciliation.transaction_type k
        where k.type = p_bt ->> 'type'), 'suspense');
    insert into reconciliation.balance_transaction (tenant_id, stripe_account, id, type, amount,
        fee, net, currency, source_amount, source_currency, source_id, object_id, booked_as,
        created_at, available_at)
    values (v_row.tenant_id, p_account, p_bt ->> 'id', p_bt ->> 'type',
        (p_bt ->> 'amount')::numeric, (p_bt ->> 'fee')::numeric, (p_bt ->> 'net')::numeric,
        lower(p_bt ->> 'currency'),
        case when v_move.currency <> lower(p_bt ->> 'currency') then v_move.amount end,
        nullif(v_move.currency, lower(p_bt ->> 'currency')),
        case jsonb_typeof(p_bt -> 'source') when 'object' then p_bt -> 'source' ->> 'id'
            else p_bt ->> 'source' end,
        v_move.object_id, v_row.booked_as, to_timestamp((p_bt ->> 'created')::bigint),
        to_timestamp((p_bt ->> 'available_on')::bigint))
    returning * into v_row;
    perform ledger.post('balance_transaction', v_row.id,
        reconciliation.legs(v_row, v_move.amount, v_move.currency), v_row.created_at,
        v_row.object_id, v_row.id);
    if v_row.booked_as = 'suspense' then
        perform core.exception_open('balance_transaction_unknown', 'balance_transaction', v_row.id,
            jsonb_build_object('type', v_row.type, 'amount', v_row.amount, 'fee', v_row.fee,
                'currency', v_row.currency, 'source', v_row.source_id));
    end if;
end
$$;
