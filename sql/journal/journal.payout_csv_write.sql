-- Writes the lines of an import in a book that the caller has locked, and what is needed to take
-- it back.
--
-- Returns: import_id; ids of the new payouts in the order of the file
-- Tables written: journal.import, journal.import_row, journal.payout, journal.node
create or replace function journal.payout_csv_write(
    p_book journal.book, p_lines journal.import_line[], out import_id uuid, out ids jsonb
) returns record
    language plpgsql
as $$
#variable_conflict use_column
declare
    v_now timestamptz := clock_timestamp(); -- not now(): after the lock, so that ids rise
    v_import uuid;
    v_changed uuid[] := array(
        select l.payout_id from unnest(p_lines) as l where l.payout_id is not null and l.differs);
    v_new uuid[];
begin
    insert into journal.import (tenant_id, book_id) values (p_book.tenant_id, p_book.id)
    returning id into v_import;

    insert into journal.import_row
        (tenant_id, import_id, payout_id, version, old_version, account_id, date, total_cents,
            split_hundredths, status, reference, updated_at)
    select p_book.tenant_id, v_import, p.id, p.version + 1, p.version, p.account_id, p.date,
        p.total_cents, p.split_hundredths, p.status, p.reference, p.updated_at
    from unnest(v_changed) as c (id)
    cross join lateral (select * from journal.payout q where q.id = c.id offset 0) as p;
    perform journal.history_change(v_changed, -1);
    update journal.payout p
    set date = l.date, total_cents = l.total_cents, split_hundredths = l.split,
        status = l.status, reference = l.reference, account_id = l.account_id,
        firm_id = l.firm_id, version = p.version + 1, updated_at = date_trunc('second', v_now)
    from unnest(p_lines) as l
    where p.id = l.payout_id and l.differs;

    -- a microsecond apart, so that ids are in the order of the file
    with made as (
        insert into journal.payout
            (id, tenant_id, book_id, firm_id, account_id, date, total_cents, split_hundredths,
                status, reference, created_at, updated_at)
        select n.id, p_book.tenant_id, p_book.id, n.firm_id, n.account_id, n.date, n.total_cents,
            n.split, n.status, n.reference, journal.time_of(n.id), journal.time_of(n.id)
        from (
            select l.*, journal.new_id(v_now + l.place * interval '1 microsecond') as id
            from unnest(p_lines) as l
            where l.payout_id is null
            offset 0) as n
        returning id, version
    ), noted as (
        insert into journal.import_row (tenant_id, import_id, payout_id, version)
        select p_book.tenant_id, v_import, m.id, m.version from made m
        returning payout_id
    )
    select array_agg(n.payout_id order by n.payout_id) into v_new from noted n;
    perform journal.history_change(v_changed || v_new, 1);
    import_id := v_import;
    ids := to_jsonb(coalesce(v_new, '{}'));
end
$$;
