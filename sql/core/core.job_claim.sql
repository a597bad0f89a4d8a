-- Job queue: leases up to p_limit due rows of a kind of job, those that are due longest first,
-- skipping locked ones.  They are due again when the lease ends.  A claim function calls this,
-- changes what else its kind needs, and returns the columns.
--
-- Each tenant's due rows (those of each Stripe account, where a kind has account_column) are
-- looked at by themselves, since they are together in the index.  So the rows of tenants whose
-- Stripe account has no key in the calling program are left alone without being read.  Tenants come
-- in the order of their longest due row; p_limit rows may all be of the first one.
--
-- It runs with the caller's rights.  What it executes is the text of core.job_kind, which no role
-- but purser_owner may write.
--
-- Parameters: p_kind of core.job_kind; p_after_s for a kind whose condition has $5; p_accounts the
--   Stripe accounts whose tenants' rows are claimed: their names, or those with a confirmed key
--   as in core.stripe_account_need; null = all rows
-- Returns: the ids, with the Stripe account before it (default/evt_1) where a kind has
--   account_column; an empty array when nothing is due
-- Locks: the claimed rows
-- Tables written: the kind's leased table
create or replace function core.job_claim(
    p_kind text, p_holder text, p_lease_ms int, p_limit int default 1, p_after_s int default null,
    p_accounts text[] default null
) returns text[]
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind core.job_kind;
    v_owner text; -- the column that each index of what is due begins with
    v_due text;
    v_ids text[];
begin
    select * into strict v_kind from core.job_kind k where k.kind = p_kind;
    v_owner := coalesce(quote_ident(v_kind.account_column), 'tenant_id');
    v_due := format($sql$
        from %s d
        where d.%s = o.owner and d.next_run_at <= now() and (%s)
            and (d.lease_until is null or d.lease_until <= now() or $4)
        order by d.next_run_at
        $sql$, v_kind.leased_table, v_owner, v_kind.due);
    execute format($sql$
        with due as (
            select c.id, c.%2$s
            from (
                select o.owner
                from (%3$s) as o (owner)
                cross join lateral (select d.next_run_at %4$s limit 1) as first
                order by first.next_run_at) as o
            cross join lateral (select d.id, d.%2$s %4$s limit $3
                for no key update skip locked) as c
            limit $3
        ), claimed as (
            update %1$s c
            set lease_holder = $1, lease_until = $2, next_run_at = $2%5$s
            from due
            where c.id = due.id and c.%2$s = due.%2$s
            returning %6$s as id
        )
        select coalesce(array_agg(id::text), '{}') from claimed
        $sql$, v_kind.leased_table, v_owner,
        case
            when v_kind.account_column is not null then 'select s.name from core.stripe_account s'
            when p_accounts is null then 'select t.id from core.tenant t'
            else $sql$select s.tenant_id from core.stripe_account s
                where array[s.name::text, concat_ws(':', s.name, s.mode, s.stripe_id)] && $6
                $sql$ end,
        v_due,
        case when v_kind.attempts is null then ''
            else format(', %1$I = c.%1$I + 1', v_kind.attempts) end,
        case when v_kind.account_column is null then 'c.id'
            else format($sql$c.%I || '/' || c.id$sql$, v_kind.account_column) end)
    into v_ids
    using p_holder, now() + p_lease_ms * interval '1 ms', p_limit, v_kind.in_lease, p_after_s,
        p_accounts;
    return v_ids;
end
$$;
grant execute on function core.job_claim(text, text, int, int, int, text[]) to purser_background;
