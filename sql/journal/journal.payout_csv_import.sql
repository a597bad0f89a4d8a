-- Records many payouts, all or none.
--
-- Parameters: p_lines array of {line, date, total_cents, split, status, reference?, and
--   account_id or account_number with or without firm_name}
-- Returns: a row for each wrong line (field, message) and nothing is written; else a row
--   for each line with the new id
-- Locks: book
-- Tables written: journal.payout, journal.node
create or replace function journal.payout_csv_import(p_lines jsonb)
    returns table (line int, field text, message text, id uuid)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_book journal.book := journal.book_lock();
    v_line record;
    v_accounts journal.account[];
    v_found journal.account[] := '{}'::journal.account[];
    v_wrong boolean := false;
    v_ids uuid[] := '{}'::uuid[];
begin
    for v_line in
        select *
        from jsonb_to_recordset(p_lines) as r (line int, account_id uuid, account_number text,
            firm_name text)
    loop
        v_accounts := array(
            select a
            from journal.account a
            join journal.firm f on f.id = a.firm_id
            where a.book_id = v_book.id
                and (v_line.account_id is null or a.id = v_line.account_id)
                and (v_line.account_id is not null or a.account_number = v_line.account_number
                    and (v_line.firm_name is null
                        or f.name_folded = lower(v_line.firm_name collate "und-x-icu"))));
        if cardinality(v_accounts) <> 1 then
            v_wrong := true;
            line := v_line.line;
            field :=
                case when v_line.account_id is null then 'account_number' else 'account_id' end;
            message := case cardinality(v_accounts) when 0 then 'there is no such account'
                else 'several firms have an account with this number: give firm_name' end;
            return next;
        elsif not v_wrong then
            v_found := v_found || v_accounts[1];
        end if;
    end loop;
    if v_wrong then
        return;
    end if;

    field := null;
    message := null;
    for v_line in
        select *
        from rows from (
            jsonb_to_recordset(p_lines) as (line int, date date, total_cents bigint, split int,
                status text, reference text))
            with ordinality as r (line, date, total_cents, split, status, reference, place)
        order by r.place
    loop
        line := v_line.line;
        id := journal.payout_insert(v_found[v_line.place], v_line.date, v_line.total_cents,
            v_line.split, v_line.status, v_line.reference);
        v_ids := v_ids || id;
        return next;
    end loop;
    perform journal.history_change(v_ids, 1);
end
$$;
grant execute on function journal.payout_csv_import(jsonb) to purser_payouts;
