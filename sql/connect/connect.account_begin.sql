-- Commits the intent to make a Connect account for the principal, leased to the
-- caller; or finds the one of that country that is not finished yet.  The
-- unique index on unfinished accounts decides between calls at the same time:
-- they share one row, whose id is the provider key.
--
-- Parameters: p_country ISO 3166, upper case; p_platform_country where the platform is;
--   p_holder with p_lease_ms; p_keys as in core.stripe_account_need
-- Returns: connect.account_answer
-- Raises: PU430 no return and refresh URLs; PU438 there is no key for the tenant's Stripe account
-- Locks: the account (after the idempotency row, which core.idempotency_begin locked)
-- Tables written: connect.account
create or replace function connect.account_begin(
    p_country text, p_platform_country text, p_holder text, p_lease_ms int,
    p_keys text[] default null
) returns setof connect.account_answer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_tenant text := current_setting('purser.tenant', true);
    v_principal text := current_setting('purser.principal', true);
    v_until timestamptz := clock_timestamp() + p_lease_ms * interval '1 ms';
    v_id text;
begin
    perform core.stripe_account_need(p_keys);
    if not exists (
        select from core.tenant t where t.id = v_tenant and t.connect_return_url is not null)
    then
        raise exception using errcode = 'PU430',
            message = 'the return and refresh URLs of onboarding are not configured';
    end if;
    -- Repeated when the unfinished account that refused the insert was finished before
    -- the select could find it.
    for v_try in 1 .. 3 loop
        insert into connect.account as a
            (id, tenant_id, user_id, country, email, recipient, lease_holder, lease_until,
                next_run_at)
        select core.new_id('con'), v_tenant, v_principal, p_country, u.email,
            p_country <> p_platform_country, p_holder, v_until, v_until
        from auth."user" u
        where u.id = v_principal and u.tenant_id = v_tenant and not exists (
            select from connect.account r
            where r.tenant_id = v_tenant and r.user_id = v_principal and r.country = p_country
                and r.status = 'restricted')
        on conflict do nothing
        returning a.id into v_id;
        exit when found;
        select a.id into v_id
        from connect.account a
        where a.tenant_id = v_tenant and a.user_id = v_principal and a.country = p_country
            and (a.onboarding or a.status = 'restricted')
        order by a.onboarding desc, a.id desc
        limit 1
        for no key update;
        exit when found;
    end loop;
    update connect.account a
    set lease_holder = p_holder, lease_until = v_until, next_run_at = v_until, updated_at = now()
    where a.id = v_id and a.status = 'creating';
    return query select * from connect.account_answer v where v.account_id = v_id;
end
$$;
grant execute on function connect.account_begin(text, text, text, int, text[]) to purser_connect;
