-- Whether a transfer was booked to suspense:payouts, because it fitted no payout.
create or replace function payouts.transfer_in_suspense(p_id text) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from ledger.transfer t
        where t.tenant_id = current_setting('purser.tenant', true)
            and t.kind = 'transfer_unexpected' and t.source = p_id)
$$;
