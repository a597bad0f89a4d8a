-- Inserts one payout in a book that the caller has locked; the caller also calls
-- journal.history_change.
--
-- Tables written: journal.payout
create or replace function journal.payout_insert(
    p_account journal.account, p_date date, p_total_cents bigint, p_split int, p_status text,
    p_reference text
) returns uuid
    language plpgsql
as $$
declare
    v_now timestamptz := clock_timestamp(); -- not now(): after the lock, so that ids rise
    v_id uuid := journal.new_id(v_now);
begin
    insert into journal.payout
        (id, tenant_id, book_id, firm_id, account_id, date, total_cents, split_hundredths, status,
            reference, created_at, updated_at)
    values (v_id, p_account.tenant_id, p_account.book_id, p_account.firm_id, p_account.id, p_date,
        p_total_cents, p_split, p_status, nullif(p_reference, ''), date_trunc('second', v_now),
        date_trunc('second', v_now));
    return v_id;
end
$$;
