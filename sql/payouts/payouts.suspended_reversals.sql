-- What came back of a transfer while it was in suspense:payouts, for payouts.transfer_reverse: as
-- Stripe's transfer shows it.
create or replace function payouts.suspended_reversals(p_transfer_id text) returns jsonb
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select jsonb_build_object('amount_reversed', coalesce(sum((r.data ->> 'amount')::bigint), 0),
        'reversals', jsonb_build_object('data', coalesce(jsonb_agg(r.data), '[]')))
    from (
        select jsonb_build_object('id', t.source, 'amount', -p.amount, 'currency', p.asset,
            'created', extract(epoch from t.effective_at)::bigint) as data
        from ledger.transfer t
        cross join lateral ledger.posted(t.kind, t.source, 'suspense:payouts') as p
        where t.tenant_id = current_setting('purser.tenant', true)
            and t.object_id = p_transfer_id and t.kind = 'transfer_unexpected_reversed') as r
$$;
