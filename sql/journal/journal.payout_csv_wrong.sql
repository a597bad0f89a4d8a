-- What contradicts the journal, or itself, in lines of an import; nothing = all of it fits.
--
-- Returns: the first mistakes by line, as many as one answer lists (LIMIT_FIELD_ERRORS), each with
--   the number of all of them
create or replace function journal.payout_csv_wrong(p_lines journal.import_line[])
    returns table (line int, field text, message text, wrong bigint)
    language sql stable
as $$
    select l.line, w.field, w.message, count(*) over () as wrong
    from unnest(p_lines) as l
    cross join lateral (
        select journal.traders_share(l.total_cents, l.split) as cents) as share
    cross join lateral (
        values
            (1, 'id', case when l.twice then 'is in another line, too' end),
            (2, case when l.given_account is null then 'account_number' else 'account_id' end,
                case when l.named and l.accounts = 0 then 'there is no such account'
                    when l.accounts > 1
                        then 'several firms have an account with this number: give firm_name' end),
            (3, l.contradicts, case when l.contradicts is not null
                then 'is not that of the account with the account_id of this line' end),
            (4, 'traders_share', case
                when l.payout_id is null and l.traders_cents <> share.cents
                    then format('is not total_amount × profit_split / 100, which is %s',
                        (share.cents * 0.01)) end),
            (5, 'firms_share', case
                when l.payout_id is null and l.firms_cents <> l.total_cents - share.cents
                    then format('is not what is left of total_amount, which is %s',
                        (l.total_cents - share.cents) * 0.01) end))
        as w (place, field, message)
    where w.message is not null
    order by l.line, l.place, w.place
    limit 32
$$;
