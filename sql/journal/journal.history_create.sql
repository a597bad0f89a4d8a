-- The tree of a history without payouts: one node on each level.
--
-- Tables written: journal.node
create or replace function journal.history_create(p_history uuid, p_tenant text) returns void
    language sql volatile
as $$
    insert into journal.node
        (history_id, level, date, payout_id, tenant_id, pending, processing, completed, failed,
            total_cents, share_cents)
    select p_history, l, '-infinity', '00000000-0000-0000-0000-000000000000', p_tenant, 0, 0, 0, 0,
        0, 0
    from generate_series(1, 4) as l
$$;
grant execute on function journal.history_create(uuid, text) to purser_background;
