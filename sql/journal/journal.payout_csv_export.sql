-- The principal's payouts that the filters let through, oldest first.
--
-- Parameters: as of journal.payout_list; p_most rows, and one more to show that there are more
create or replace function journal.payout_csv_export(
    p_account uuid, p_firm text, p_status text, p_search text, p_start date, p_end date, p_most int
) returns setof journal.payout_row
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_page record;
begin
    select * into v_page
    from journal.payout_search(journal.history_of(p_account, p_firm), p_status,
        coalesce(p_search, ''), coalesce(p_start, '0001-01-01'), coalesce(p_end, '9999-12-31'),
        p_most + 1, 0);
    return query
    select v.*
    from unnest(v_page.ids) with ordinality as i (id, place)
    -- each by its id, whatever the planner
    cross join lateral (select * from journal.payout_row r where r.id = i.id offset 0) as v
    order by i.place desc;
end
$$;
grant execute on function journal.payout_csv_export(
    uuid, text, text, text, date, date, int
) to purser_payouts;
