-- Leases the oldest due Connect account whose creation at Stripe is not known yet.
--
-- Returns: 0-1 rows: tenant_id, user_id, account_id, country, recipient, email,
--   created_s, attempts (this one included)
-- Locks: the account, skipping locked ones
-- Tables written: connect.account
create or replace function connect.account_claim(p_holder text, p_lease_ms int)
    returns table (
        tenant_id text, user_id text, account_id text, country text, recipient boolean, email text,
        created_s bigint, attempts int)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_until timestamptz := now() + p_lease_ms * interval '1 ms';
begin
    return query
    with due as (
        select d.id
        from connect.account d
        where d.status = 'creating' and d.next_run_at <= now()
            and (d.lease_until is null or d.lease_until <= now())
        order by d.next_run_at
        limit 1
        for update skip locked
    )
    update connect.account a
    set lease_holder = p_holder, lease_until = v_until, next_run_at = v_until,
        attempts = a.attempts + 1
    from due
    where a.id = due.id
    returning a.tenant_id::text, a.user_id::text, a.id::text, a.country::text, a.recipient, a.email,
        extract(epoch from a.created_at)::bigint, a.attempts;
end
$$;
grant execute on function connect.account_claim(text, int) to purser_jobs;
