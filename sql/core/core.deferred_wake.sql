-- Money came in at Stripe: what was refused for now is tried again.  A row that is being asked for
-- at this moment learns of it when it is refused.
--
-- It runs with the caller's rights.
--
-- Parameters: p_table of rows that may be deferred, with p_status while they are; p_account of
--   Stripe; p_at when the money is available
-- Locks: the rows, in order of their ids
-- Tables written: the table
create or replace function core.deferred_wake(
    p_table regclass, p_status text, p_account text, p_currency text, p_at timestamptz
) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    -- the status is in the text, since partial indexes have it
    execute format($sql$
        update %1$s d
        set woken_at = greatest($3, clock_timestamp()),
            next_run_at = case when d.lease_holder is null then least(d.next_run_at, $3)
                else d.next_run_at end
        where d.id in (
            select o.id
            from %1$s o
            where o.status = %2$L and o.deferrals > 0 and o.currency = $2
                and core.stripe_account_of(o.tenant_id) = $1
            order by o.id
            for no key update)
        $sql$, p_table, p_status)
    using p_account, p_currency, p_at;
end
$$;
grant execute on function core.deferred_wake(regclass, text, text, text, timestamptz)
    to purser_background;
