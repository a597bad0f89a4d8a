-- Takes an import back: deletes the payouts that it made, and gives those that it changed the
-- values that they had before, the time of their last change included.
--
-- Returns: how many of each
-- Raises: PU404 there is none, it was taken back, or is older than 90 days (retention.prune);
--   PU412 one of its payouts was changed or deleted since, or the account of an old value is gone
-- Locks: book, alone (journal.book_lock_long)
-- Tables written: journal.import, journal.import_row, journal.payout, journal.node
create or replace function journal.payout_csv_undo(
    p_import uuid, out payouts_deleted int, out payouts_restored int
) returns record
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock_long();
    v_rows journal.import_row[];
    v_changed bigint;
    v_old uuid[];
    v_new uuid[];
begin
    if not exists (
        select
        from journal.import i
        where i.tenant_id = v_book.tenant_id and i.id = p_import and i.book_id = v_book.id
            and i.created_at > now() - interval '90 days')
    then
        raise exception using errcode = 'PU404', message =
            'there is no such import, or it was taken back, or is older than 90 days';
    end if;
    v_rows := array(
        select r
        from journal.import_row r
        where r.tenant_id = v_book.tenant_id and r.import_id = p_import);
    select count(*) filter (where p.version is distinct from r.version
            or r.old_version is not null and a.id is null),
        coalesce(array_agg(r.payout_id) filter (where r.old_version is not null), '{}'),
        coalesce(array_agg(r.payout_id) filter (where r.old_version is null), '{}')
    into v_changed, v_old, v_new
    from unnest(v_rows) as r
    left join lateral (select * from journal.payout q where q.id = r.payout_id offset 0) as p
        on true
    left join lateral (select * from journal.account b where b.id = r.account_id offset 0) as a
        on true;
    if v_changed > 0 then
        raise exception using errcode = 'PU412', message = format(
            '%s of the payouts of this import were changed or deleted since', v_changed);
    end if;

    perform journal.history_change(v_old || v_new, -1);
    delete from journal.payout p using unnest(v_new) as n (id) where p.id = n.id;
    update journal.payout p
    set date = r.date, total_cents = r.total_cents, split_hundredths = r.split_hundredths,
        status = r.status, reference = r.reference, account_id = r.account_id,
        firm_id = (select a.firm_id from journal.account a where a.id = r.account_id),
        version = r.old_version, updated_at = r.updated_at
    from unnest(v_rows) as r
    where p.id = r.payout_id and r.old_version is not null;
    perform journal.history_change(v_old, 1);
    delete from journal.import_row r
    where r.tenant_id = v_book.tenant_id and r.import_id = p_import;
    delete from journal.import i where i.tenant_id = v_book.tenant_id and i.id = p_import;
    payouts_deleted := cardinality(v_new);
    payouts_restored := cardinality(v_old);
end
$$;
grant execute on function journal.payout_csv_undo(uuid) to purser_payouts;
