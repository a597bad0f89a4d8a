-- Where Stripe's onboarding sends a tenant's users back to: finished (return)
-- or with a link that was used up (refresh: the page that asks for a new one).
--
-- Parameters: p_tenant slug or id; p_app_url stands for both URLs that are null:
--   <p_app_url>/dashboard/payouts?onboarding=return and ...=refresh
-- Returns: the tenant's id; null after a dry run
-- Raises: PU404; PU422 no https URL (http to loopback is for the sandbox)
-- Tables written: core.tenant, admin.audit
create or replace function admin.set_connect_urls(
    p_tenant text, p_app_url text, p_return_url text, p_refresh_url text, p_reason text,
    p_dry_run boolean default true
) returns text
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c_url constant text :=
        '^(https://[^[:space:]]+'
        || '|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/[^[:space:]]*)?)$';
    v_tenant text := admin.tenant_id(p_tenant);
    v_return text := coalesce(p_return_url,
        rtrim(p_app_url, '/') || '/dashboard/payouts?onboarding=return');
    v_refresh text := coalesce(p_refresh_url,
        rtrim(p_app_url, '/') || '/dashboard/payouts?onboarding=refresh');
begin
    perform admin.need(u.url ~ c_url, u.name, 'must be an https URL'),
        admin.need(length(u.url) <= 2000, u.name, 'at most 2000 characters')
    from (values ('p_return_url', v_return), ('p_refresh_url', v_refresh)) as u (name, url);
    perform admin.record('set_connect_urls', v_tenant,
        jsonb_build_object('return_url', v_return, 'refresh_url', v_refresh), p_reason, false);
    update core.tenant t
    set connect_return_url = v_return, connect_refresh_url = v_refresh
    where t.id = v_tenant;
    perform admin.finish('set_connect_urls ' || p_tenant, p_dry_run);
    return v_tenant;
exception
    when sqlstate 'PU499' then
        raise notice '%', sqlerrm;
        return null;
end
$$;
comment on function admin.set_connect_urls is
    'where Stripe''s onboarding sends a tenant''s users back to';
