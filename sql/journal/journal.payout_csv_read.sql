-- The lines of an import beside what the journal has of them.  Each line costs the same, however
-- many accounts there are: without nested loops every join of two sets is a hash join.
--
-- Parameters: p_lines as of journal.payout_csv_import
create or replace function journal.payout_csv_read(p_book uuid, p_lines jsonb)
    returns setof journal.import_line
    language sql stable
    set enable_nestloop = off
as $$
    with given as materialized (
        select r.*, journal.name_clean(r.account_number) as number,
            journal.name_fold(r.firm_name) as firm
        from rows from (
            jsonb_to_recordset(p_lines) as (line int, id uuid, date date, total_cents bigint,
                split int, status text, reference text, account_id uuid, account_number text,
                firm_name text, traders_cents bigint, firms_cents bigint))
            with ordinality as r (line, id, date, total_cents, split, status, reference, account_id,
                account_number, firm_name, traders_cents, firms_cents, place)
    ), twice as (
        select g.id from given g where g.id is not null group by g.id having count(*) > 1
    ), account as materialized (
        select a.id, a.firm_id, journal.name_clean(a.account_number) as number,
            journal.name_fold(f.name) as firm
        from journal.account a
        join journal.firm f on f.id = a.firm_id
        where a.book_id = p_book
    ), by_number as (
        select a.number, count(*) as accounts, (array_agg(a.id))[1] as id,
            (array_agg(a.firm_id))[1] as firm_id
        from account a
        group by a.number
    ), by_firm as (
        select a.number, a.firm, count(*) as accounts, (array_agg(a.id))[1] as id,
            (array_agg(a.firm_id))[1] as firm_id
        from account a
        group by a.number, a.firm
    ), line as (
        -- a file without the column keeps the references
        select g.*, nullif(coalesce(g.reference, p.reference), '') as reference_then,
            p.id as payout_id, p.date as old_date, p.total_cents as old_total_cents,
            p.split_hundredths as old_split, p.status as old_status, p.reference as old_reference,
            p.account_id as old_account_id
        from given g
        left join lateral (
            select * from journal.payout q where q.id = g.id and q.book_id = p_book offset 0) as p
            on true
    )
    select l.place::int, l.line, l.date, l.total_cents, l.split, l.status, l.reference_then,
        l.traders_cents, l.firms_cents, l.payout_id,
        (l.old_date, l.old_total_cents, l.old_split, l.old_status, l.old_reference,
                l.old_account_id)
            is distinct from (l.date, l.total_cents, l.split, l.status, l.reference_then,
                coalesce(i.id, f.id, n.id)),
        t.id is not null, l.account_id, l.account_id is not null or l.number is not null,
        case when l.account_id is not null then (i.id is not null)::int::bigint
            else coalesce(f.accounts, n.accounts, 0) end,
        coalesce(i.id, f.id, n.id), coalesce(i.firm_id, f.firm_id, n.firm_id),
        case when i.number <> l.number then 'account_number'
            when i.firm <> l.firm then 'firm_name' end
    from line l
    left join twice t on t.id = l.id
    left join account i on i.id = l.account_id
    left join by_firm f on l.account_id is null and f.number = l.number and f.firm = l.firm
    left join by_number n on l.account_id is null and l.firm is null and n.number = l.number
$$;
