-- Job queue: leases up to p_limit due rows of a kind of job, those that are due longest first,
-- skipping locked ones.  They are due again when the lease ends.  A claim function calls this,
-- changes what else its kind needs, and returns the columns.
--
-- Rows of tenants whose Stripe account has no key in the calling program are left alone.
--
-- It runs with the caller's rights.  What it executes is the text of core.job_kind, which no role
-- but purser_owner may write.
--
-- Parameters: p_kind of core.job_kind; p_after_s for a kind whose condition has $5; p_accounts the
--   Stripe accounts whose tenants' rows are claimed, with or without the mode of their key
--   ({default:live}); null = all rows
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
    v_account text;
    v_ids text[];
begin
    select * into strict v_kind from core.job_kind k where k.kind = p_kind;
    v_account := quote_ident(v_kind.account_column);
    execute format($sql$
        with due as (
            select d.id%4$s
            from %1$s d
            where d.next_run_at <= now() and (%2$s)%5$s
                and (d.lease_until is null or d.lease_until <= now() or $4)
            order by d.next_run_at
            limit $3
            for no key update skip locked
        ), claimed as (
            update %1$s c
            set lease_holder = $1, lease_until = $2, next_run_at = $2%3$s
            from due
            where c.id = due.id%6$s
            returning %7$s as id
        )
        select coalesce(array_agg(id::text), '{}') from claimed
        $sql$, v_kind.leased_table, v_kind.due,
        case when v_kind.attempts is null then ''
            else format(', %1$I = c.%1$I + 1', v_kind.attempts) end,
        ', d.' || v_account,
        case when p_accounts is not null then $sql$ and exists (
            select from core.stripe_account s
            where s.tenant_id = d.tenant_id
                and array[s.name::text, s.name || ':' || s.mode] && $6)$sql$ end,
        ' and c.' || v_account || ' = due.' || v_account,
        coalesce('c.' || v_account || $sql$ || '/' || $sql$, '') || 'c.id')
    into v_ids
    using p_holder, now() + p_lease_ms * interval '1 ms', p_limit, v_kind.in_lease, p_after_s,
        p_accounts;
    return v_ids;
end
$$;
grant execute on function core.job_claim(text, text, int, int, int, text[]) to purser_background;
