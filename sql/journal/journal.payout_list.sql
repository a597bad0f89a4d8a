-- A page of the principal's payouts, newest first.
--
-- Cumulative values: where the page is an unbroken run of a history, only the
-- oldest payout of that history on the page asks its tree, the others add
-- themselves; where something is filtered out in between, every payout asks.
--
-- What is planned while the tables are small must serve when they have grown:
-- no sequential or bitmap scans, and `offset 0` has each payout read by its id.
--
-- Parameters: filters, null = none; p_account any UUID; p_firm and p_search in
--   any case; p_status as in journal.count_of; p_start <= p_end
-- Returns: total before paging in every row; a single row with a null payout
--   for an empty page; cumulative values (null when not asked for) over the
--   principal's whole history, their firm's and their account's, up to and
--   with each payout
create or replace function journal.payout_list(
    p_limit bigint, p_offset bigint, p_account uuid, p_firm text, p_status text, p_search text,
    p_start date, p_end date, p_cumulative boolean
) returns table (
    total bigint, payout journal.payout_row, cumulative_total_amount numeric,
    cumulative_traders_share numeric, cumulative_total_amount_by_firm numeric,
    cumulative_traders_share_by_firm numeric, cumulative_total_amount_by_account numeric,
    cumulative_traders_share_by_account numeric
)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off set enable_bitmapscan = off set jit = off
as $$
declare
    v_history uuid := journal.history_of(p_account, p_firm);
    v_start date := coalesce(p_start, '0001-01-01');
    v_end date := coalesce(p_end, '9999-12-31');
    -- an unbroken run of each account
    v_by_account boolean := p_status is null and coalesce(p_search, '') = '';
    v_by_firm boolean := v_by_account and p_account is null;
    v_by_book boolean := v_by_firm and p_firm is null;
    v_page record;
begin
    if coalesce(p_search, '') = '' then
        select * into v_page
        from journal.payout_page(v_history, p_status, v_start, v_end, p_limit, p_offset);
    else
        select * into v_page
        from journal.payout_search(v_history, p_status, p_search, v_start, v_end, p_limit,
            p_offset);
    end if;
    if v_page.ids = '{}' then
        total := v_page.total;
        return next;
        return;
    elsif not p_cumulative then
        return query
        select v_page.total, v.shown, null::numeric, null::numeric, null::numeric, null::numeric,
            null::numeric, null::numeric
        from unnest(v_page.ids) with ordinality as i (id, place)
        cross join lateral (
            select r as shown from journal.payout_row r where r.id = i.id offset 0) as v
        order by i.place;
        return;
    end if;
    return query
    select v_page.total, v.shown,
        sum(coalesce(u.total_cents, p.total_cents)) over book * 0.01,
        sum(coalesce(u.share_cents, p.share_cents)) over book * 0.01,
        sum(coalesce(f.total_cents, p.total_cents)) over firm * 0.01,
        sum(coalesce(f.share_cents, p.share_cents)) over firm * 0.01,
        sum(coalesce(a.total_cents, p.total_cents)) over acct * 0.01,
        sum(coalesce(a.share_cents, p.share_cents)) over acct * 0.01
    from (
        select q.*, i.place,
            case when v_by_book then 0 else i.place end as book_run,
            case when v_by_firm then 0 else i.place end as firm_run,
            case when v_by_account then 0 else i.place end as account_run,
            not v_by_book or lead(q.id) over (order by i.place) is null as asks_book,
            not v_by_firm
                or lead(q.id) over (partition by q.firm_id order by i.place) is null as asks_firm,
            not v_by_account
                or lead(q.id) over (partition by q.account_id order by i.place) is null
                as asks_account
        from unnest(v_page.ids) with ordinality as i (id, place)
        cross join lateral (select * from journal.payout r where r.id = i.id offset 0) as q) as p
    cross join lateral (select r as shown from journal.payout_row r where r.id = p.id offset 0) as v
    left join lateral
        journal.history_upto(case when p.asks_book then p.book_id end, p.date, p.id, null)
        as u on true
    left join lateral
        journal.history_upto(case when p.asks_firm then p.firm_id end, p.date, p.id, null)
        as f on true
    left join lateral
        journal.history_upto(case when p.asks_account then p.account_id end, p.date, p.id, null)
        as a on true
    window book as (partition by p.book_run order by p.place desc),
        firm as (partition by p.firm_id, p.firm_run order by p.place desc),
        acct as (partition by p.account_id, p.account_run order by p.place desc)
    order by p.place;
end
$$;
grant execute on function journal.payout_list(
    bigint, bigint, uuid, text, text, text, date, date, boolean
) to purser_payouts;
