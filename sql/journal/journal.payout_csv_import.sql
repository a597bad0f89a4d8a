-- Records the payouts of a file, all or none.  A line with the id of one of the principal's
-- payouts changes that payout when it differs; every other line is a new payout with a new id, in
-- the order of the file.
--
-- Parameters: p_lines array of {line, id?, date, total_cents, split, status, reference?,
--   account_id? or account_number with or without firm_name?, traders_cents?, firms_cents?};
--   p_good false = the file has mistakes already, so nothing is written; p_dry_run writes nothing
-- Returns: a row for each mistake (journal.payout_csv_wrong), and nothing is written; or, unless
--   p_good is false, one row with what was done: import_id, counts, ids of the new payouts
-- Locks: book, alone (journal.book_lock_long)
-- Tables written: journal.import, journal.import_row, journal.payout, journal.node
create or replace function journal.payout_csv_import(
    p_lines jsonb, p_good boolean, p_dry_run boolean
) returns table (
    line int, field text, message text, wrong bigint, import_id uuid, imported bigint,
    updated bigint, unchanged bigint, ids jsonb
)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
#variable_conflict use_column
declare
    v_book journal.book := journal.book_lock_long();
    v_lines journal.import_line[] := array(
        select l from journal.payout_csv_read(v_book.id, p_lines) as l);
begin
    return query
    select w.line, w.field, w.message, w.wrong, null::uuid, null::bigint, null::bigint,
        null::bigint, null::jsonb
    from journal.payout_csv_wrong(v_lines) as w;
    if found or not p_good then
        return;
    end if;
    imported := (select count(*) from unnest(v_lines) as l where l.payout_id is null);
    updated := (
        select count(*) from unnest(v_lines) as l where l.payout_id is not null and l.differs);
    unchanged := cardinality(v_lines) - imported - updated;
    ids := '[]';
    if not p_dry_run then
        select w.import_id, w.ids into import_id, ids
        from journal.payout_csv_write(v_book, v_lines) as w;
    end if;
    return next;
end
$$;
grant execute on function journal.payout_csv_import(jsonb, boolean, boolean) to purser_payouts;
