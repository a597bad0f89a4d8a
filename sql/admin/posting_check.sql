-- Compares what is posted with what the rows of ours say must be posted (ledger.expected_v), both
-- ways.  Only what differs is looked up: right books cost no more than one reading of
-- ledger.difference_v.  Compiling so large a query would take longer than to run it.
--
-- Returns: one row for each transfer that is wrong or missing; object_id is its source
create or replace function admin.posting_check()
    returns table (tenant_id text, problem text, object_id text, detail text)
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
    with leg as (
        select d.tenant_id, d.transfer_id, d.kind, d.source, d.must, d.must_be, d.posted,
            coalesce((d.account).code, d.code) as code, (d.account).owner,
            coalesce((d.account).asset, d.asset) as asset,
            sum(coalesce(d.posted, 0) - coalesce(d.must_be, 0)) over (
                partition by d.tenant_id, d.transfer_id, d.kind, d.source,
                    coalesce((d.account).asset, d.asset)) as sum
        from (
            select v.*, (select a from ledger.account a
                where a.tenant_id = v.tenant_id and a.id = v.account_id) as account
            from ledger.difference_v v) as d
    ), transfer as (
        select l.tenant_id, l.transfer_id, (
                select t from ledger.transfer t
                where t.tenant_id = l.tenant_id and t.id = l.transfer_id) as transfer,
            l.kind, l.source,
            bool_or(not l.must) as lacks_row, bool_or(l.sum <> 0) as is_unequal,
            bool_or(l.posted is not null and l.code is null) as lacks_account,
            count(l.posted) as entries,
            bool_or(l.must and l.posted is not null and l.posted <> l.must_be) as has_other_amount,
            array_agg(concat_ws(' ', l.code, l.owner) order by l.code)
                filter (where l.must and l.posted is null) as lacking,
            array_agg(concat_ws(' ', l.code, l.owner) order by l.code)
                filter (where l.must is null) as additional,
            string_agg(format('%s: %s', concat_ws(' ', l.code, nullif(l.owner, ''), l.asset),
                concat_ws(', ', 'posted ' || l.posted, case when l.must then 'must be '
                    || coalesce(l.must_be::text, 'posted') end)), '; '
                order by l.code, l.asset) filter (where l.must is distinct from false) as legs
        from leg l
        group by l.tenant_id, l.transfer_id, l.kind, l.source
    ), finding as (
        select t.*, coalesce((t.transfer).kind, t.kind) as known_kind,
            coalesce((t.transfer).source, t.source) as known_source
        from transfer t
    )
    select f.tenant_id, p.problem, coalesce(f.known_source, f.transfer_id) as object_id,
        concat_ws(' ', f.known_kind, f.transfer_id) || ': ' || coalesce(f.legs, 'nothing') as detail
    from finding f
    cross join lateral (values
        (case
            when f.transfer_id is null then 'row without a posting'
            when f.transfer is null then 'entries without a transfer'
            when f.lacks_account then 'entry without an account'
            when not exists (select from ledger.kind_v k where k.kind = f.known_kind)
                then 'unknown kind'
            when f.lacks_row and f.entries = 0 then 'transfer without entries'
            when f.lacks_row and exists (
                select from ledger.expected_v x
                where x.kind = f.known_kind and x.source = f.known_source
                    and x.tenant_id <> f.tenant_id)
                then 'posting of another tenant''s row'
            when f.lacks_row then 'posting without a row'
            when f.lacking = f.additional then 'posted in another asset'
            when f.lacking is not null and f.additional is not null
                then 'posted to another account'
            when f.lacking is not null then 'posted without a leg'
            when f.additional is not null then 'posted with a leg more'
            when f.has_other_amount then 'posted with another amount' end),
        (case when f.is_unequal then 'transfer does not sum to zero' end)) as p (problem)
    where p.problem is not null
$$;
comment on function admin.posting_check is
    'must be empty: the part of admin.ledger_check that compares postings with our rows';
